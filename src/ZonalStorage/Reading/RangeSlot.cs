namespace ZonalStorage.Reading;

/// <summary>A range of a batch and what becomes of it.</summary>
/// <remarks>
/// Lives in the array of its window, so that ten thousand are not as many objects. Written once, by whichever thread ends its
/// read.
/// </remarks>
internal struct RangeSlot(int index, ByteRange range, long offset, int length)
{
    // What became of it: byte[], Exception, or the Task<byte[]> of a read of its own.
    private volatile object? _outcome;

    /// <summary>Place in the request.</summary>
    public int Index { get; } = index;

    /// <summary>As it was asked for.</summary>
    public ByteRange Range { get; } = range;

    /// <summary>First byte, absolute.</summary>
    public long Offset { get; } = offset;

    /// <summary>Bytes to be read; 0 only for a slot that is done.</summary>
    public int Length { get; } = length;

    /// <summary>True once there are bytes, an error, or a read of its own that will tell.</summary>
    public readonly bool IsDone => _outcome is not null;

    /// <summary>True for a range so large that it is a read of its own, which is split.</summary>
    public readonly bool IsReadApart => _outcome is Task;

    /// <summary>Takes its part of what was read.</summary>
    /// <param name="bytes">What was read.</param>
    /// <param name="offset">Where that begins in the object.</param>
    /// <param name="filled">Bytes of it that came.</param>
    /// <param name="isShared">True if others take theirs from it: no two results are one array, since results are written to.</param>
    public void Fill(byte[] bytes, long offset, int filled, bool isShared)
    {
        var start = (int)Math.Min(Offset - offset, filled);
        var count = Math.Clamp(filled - start, 0, Length);
        _outcome = !isShared && start == 0 && count == bytes.Length ? bytes : bytes.AsSpan(start, count).ToArray();
    }

    /// <summary>It has failed.</summary>
    public void Fail(Exception error) => _outcome = error;

    /// <summary>It is read apart.</summary>
    public void ReadApart(Task<byte[]> read) => _outcome = read;

    /// <summary>What it came to; not for one that <see cref="IsReadApart"/>.</summary>
    /// <param name="uri">The object that was read.</param>
    /// <exception cref="OperationCanceledException">The batch was cancelled.</exception>
    public readonly ZonalRangeResult ToResult(ZonalUri uri) => _outcome switch
    {
        ZonalException error => ToResult(uri, error),
        Exception error => throw error,
        var bytes => ToResult(uri, (byte[])bytes!),
    };

    /// <summary>What one that <see cref="IsReadApart"/> comes to.</summary>
    /// <param name="uri">The object that is read.</param>
    /// <exception cref="OperationCanceledException">The batch was cancelled.</exception>
    public readonly async Task<ZonalRangeResult> ToResultAsync(ZonalUri uri)
    {
        try
        {
            return ToResult(uri, await ((Task<byte[]>)_outcome!).ConfigureAwait(false));
        }
        catch (ZonalException e)
        {
            return ToResult(uri, e);
        }
    }

    private readonly ZonalRangeResult ToResult(ZonalUri uri, byte[] bytes) => new()
    {
        Uri = uri,
        Range = Range,
        Index = Index,
        Offset = Offset,
        Data = bytes,
        IsTruncated = Range.Length > bytes.Length,
    };

    private readonly ZonalRangeResult ToResult(ZonalUri uri, ZonalException error) =>
        new() { Uri = uri, Range = Range, Index = Index, Error = error };
}

namespace ZonalStorage.Reading;

/// <summary>A range of a batch and what becomes of it.</summary>
/// <remarks>Written once, by whichever thread ends its read, before <see cref="IsDone"/> turns true.</remarks>
internal sealed class RangeSlot(int index, ByteRange range, long offset, int length)
{
    private volatile bool _isDone;

    /// <summary>Place in the request.</summary>
    public int Index { get; } = index;

    /// <summary>As it was asked for.</summary>
    public ByteRange Range { get; } = range;

    /// <summary>First byte, absolute.</summary>
    public long Offset { get; } = offset;

    /// <summary>Bytes to be read; 0 only for a slot that is done.</summary>
    public int Length { get; } = length;

    /// <summary>True once there are bytes, an error, or a read of its own that will tell.</summary>
    public bool IsDone => _isDone;

    /// <summary>The bytes, as many as the object has.</summary>
    public byte[]? Bytes { get; private set; }

    /// <summary>Why there are none.</summary>
    public Exception? Error { get; private set; }

    /// <summary>A range so large that it is a read of its own, which is split.</summary>
    public Task<byte[]>? Own { get; private set; }

    /// <summary>Takes its part of what was read, which is its own if it is all of it.</summary>
    public void Fill(byte[] bytes, long offset, int filled)
    {
        var start = (int)(Offset - offset);
        var count = Math.Clamp(filled - start, 0, Length);
        Bytes = start == 0 && count == bytes.Length ? bytes : bytes.AsSpan(Math.Min(start, filled), count).ToArray();
        _isDone = true;
    }

    /// <summary>It is empty, or has failed.</summary>
    public void Fail(Exception error)
    {
        Error = error;
        _isDone = true;
    }

    /// <summary>It is read apart.</summary>
    public void ReadApart(Task<byte[]> read)
    {
        Own = read;
        _isDone = true;
    }

    /// <summary>What it came to; not for one that is <see cref="Own"/>.</summary>
    /// <param name="uri">The object that was read.</param>
    /// <exception cref="OperationCanceledException">The batch was cancelled.</exception>
    public ZonalRangeResult ToResult(ZonalUri uri) => Error switch
    {
        null => ToResult(uri, Bytes!),
        ZonalException error => ToResult(uri, error),
        var error => throw error,
    };

    /// <summary>What it came to, as soon as that is known.</summary>
    /// <param name="uri">The object that was read.</param>
    /// <exception cref="OperationCanceledException">The batch was cancelled.</exception>
    public async Task<ZonalRangeResult> ToResultAsync(ZonalUri uri)
    {
        try
        {
            return Own is null ? ToResult(uri) : ToResult(uri, await Own);
        }
        catch (ZonalException e)
        {
            return ToResult(uri, e);
        }
    }

    private ZonalRangeResult ToResult(ZonalUri uri, byte[] bytes) => new()
    {
        Uri = uri,
        Range = Range,
        Index = Index,
        Offset = Offset,
        Data = bytes,
        IsTruncated = Range.Length > bytes.Length,
    };

    private ZonalRangeResult ToResult(ZonalUri uri, ZonalException error) =>
        new() { Uri = uri, Range = Range, Index = Index, Error = error };
}

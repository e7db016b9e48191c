namespace ZonalStorage;

/// <summary>An object opened for reading: its generation and size are pinned, its streams are shared and reused.</summary>
/// <remarks>Thread-safe: any number of reads at any positions at once.</remarks>
public sealed class ZonalObjectReader : IAsyncDisposable
{
    private ZonalObjectReader() { }

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri => throw new NotSupportedException();

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info => throw new NotSupportedException();

    /// <summary>Size in bytes when the object was opened.</summary>
    public long Size => throw new NotSupportedException();

    /// <summary>Reads into a caller's buffer.</summary>
    /// <param name="offset">First byte, 0 to <see cref="Size"/>.</param>
    /// <param name="destination">Filled as far as the object goes; the caller may reuse it once the task ended.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; the destination is not written to any more when the task has ended.</param>
    /// <returns>Bytes read: the destination's length, or less at the object's end.</returns>
    public ValueTask<int> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Reads a range into a new array.</summary>
    public Task<byte[]> ReadAsync(
        ByteRange range, ZonalProgress? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Gives the streams back to the session, which keeps them a while for the next reader.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Keeps what the last miss read and a chunk behind it, for readers that go to and fro in small steps.</summary>
/// <remarks>
/// Thread-safe; reads take turns. A miss is one read of what is missing and the chunk together, so that below it, where
/// sequential reads are counted, it is one read too. A read that begins inside what is kept asks for its tail alone.
/// </remarks>
/// <param name="read">Reads into memory; the range lies inside the object.</param>
/// <param name="size">Bytes of the object.</param>
/// <param name="chunkSize">Bytes to read behind what is missing.</param>
/// <param name="account">Memory for what is kept. Disposed with the cache.</param>
internal sealed class BlockCache(
    Func<long, Memory<byte>, ZonalProgress?, CancellationToken, ValueTask<uint>> read, long size, int chunkSize,
    MemoryAccount account) : IDisposable
{
    // A read larger than this and than a chunk goes past the cache: nobody comes back to a small part of it.
    private const int LargeRead = 16 << 20;

    private readonly SemaphoreSlim _turn = new(1);
    private LazyBlock? _block;
    private long _offset;
    private int _length;
    private bool _isClosed;

    /// <summary>Reads that needed nothing.</summary>
    public long Hits { get; private set; }

    /// <summary>Reads that had to ask.</summary>
    public long Misses { get; private set; }

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object and is not empty.</summary>
    /// <returns>CRC32C of the bytes.</returns>
    public async ValueTask<uint> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isClosed) throw ReadErrors.ReaderClosed();
            var have = CopyHead(offset, destination.Span);
            if (have == destination.Length)
            {
                Hits++;
                return Crc32C.Compute(destination.Span);
            }

            Misses++;
            await ReadMissingAsync(offset + have, destination[have..], progress, cancellationToken).ConfigureAwait(false);
            return Crc32C.Compute(destination.Span);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Gives the memory back, once the read under way has ended.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _isClosed = true;
        Forget();
        account.Dispose();
        _turn.Release();
    }

    private int CopyHead(long offset, Span<byte> destination)
    {
        if (_block is null || offset < _offset || offset >= _offset + _length) return 0;
        var start = (int)(offset - _offset);
        var count = Math.Min(destination.Length, _length - start);
        _block.Memory.Span.Slice(start, count).CopyTo(destination);
        return count;
    }

    private async ValueTask ReadMissingAsync(
        long offset, Memory<byte> missing, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        if (missing.Length > Math.Max(LargeRead, chunkSize))
        {
            await read(offset, missing, progress, cancellationToken).ConfigureAwait(false);
            return;
        }

        Forget();
        var length = (int)Math.Min((long)missing.Length + chunkSize, size - offset);
        var block = account.Rent(length);
        try
        {
            await read(offset, block.Bind(), progress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            block.Dispose();
            throw;
        }

        (_block, _offset, _length) = (block, offset, length);
        CopyHead(offset, missing.Span);
    }

    private void Forget()
    {
        _block?.Dispose();
        (_block, _length) = (null, 0);
    }
}

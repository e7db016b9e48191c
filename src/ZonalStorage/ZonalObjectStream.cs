using System.Buffers;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage;

/// <summary>An object as a seekable, read-only <see cref="Stream"/> with read-ahead.</summary>
/// <remarks>
/// <para>
/// For whatever takes a stream: <see cref="StreamReader"/>, ZIP and tar readers, hashes, decompressors. Seeking costs nothing
/// by itself; the read after it finds its bytes in what was read ahead, or asks for them. The generation is pinned: an
/// object replaced meanwhile goes on giving its old bytes or fails, and never mixes.
/// </para>
/// <para>
/// Every chunk is checked as it comes. Where all bytes of a finalized object have passed in order they are compared with the
/// object's CRC32C as well: a mismatch is an error in the place of the last bytes, before the end is told.
/// </para>
/// <para>
/// One position, so one read at a time; for reads at any place at once use <see cref="ZonalObjectReader"/>. Disposing it
/// closes the reader that was opened for it, and cancels what is on the way.
/// </para>
/// </remarks>
public sealed class ZonalObjectStream : Stream
{
    // What CopyTo reads at a time: large beside the cost of a call, small enough to stay in the cache.
    private const int CopyBlock = 1 << 20;

    private readonly ZonalObjectReader _reader;
    private readonly SequentialChecksum _checksum;
    private readonly CancellationTokenSource _closed = new();
    private long _position;
    private int _isDisposed;

    internal ZonalObjectStream(ZonalObjectReader reader)
    {
        _reader = reader;
        _checksum = new SequentialChecksum(reader.Info);
    }

    /// <summary>The object, pinned to the generation that is read.</summary>
    public ZonalUri Uri => _reader.Uri;

    /// <summary>What the service told when the object was opened.</summary>
    public ZonalObjectInfo Info => _reader.Info;

    /// <inheritdoc/>
    public override bool CanRead => _isDisposed == 0;

    /// <inheritdoc/>
    public override bool CanSeek => _isDisposed == 0;

    /// <summary>False.</summary>
    public override bool CanWrite => false;

    /// <summary>Bytes of the object when it was opened.</summary>
    public override long Length => _reader.Size;

    /// <summary>Where the next read begins; behind the end it reads nothing.</summary>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ThrowIfDisposed();
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        if (position < 0) throw new IOException($"Cannot seek to {position}, before the start of '{Uri}'.");
        return Position = position;
    }

    /// <summary>Reads as much as the buffer holds, or as the object still has.</summary>
    /// <exception cref="ZonalException">What a read may throw; <c>ChecksumMismatch</c> also for the object as a whole.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Advance(buffer, await StartRead(buffer, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAndWait(buffer.AsMemory(offset, count));
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override unsafe int Read(Span<byte> buffer)
    {
        // The read has ended, and nothing writes to the memory any more, before the span is let go.
        fixed (byte* start = buffer)
        {
            using var memory = new SpanMemory(start, buffer.Length);
            return ReadAndWait(memory.Memory);
        }
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    /// <summary>Copies what is behind the position, in large blocks.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        var block = ArrayPool<byte>.Shared.Rent(Math.Max(bufferSize, CopyBlock));
        try
        {
            int count;
            while ((count = await ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
                await destination.WriteAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <inheritdoc cref="CopyToAsync"/>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ValidateCopyToArguments(destination, bufferSize);
        var block = ArrayPool<byte>.Shared.Rent(Math.Max(bufferSize, CopyBlock));
        try
        {
            int count;
            while ((count = Read(block, 0, block.Length)) > 0) destination.Write(block, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Does nothing: there is nothing to write.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw ReadOnly();

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw ReadOnly();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        CloseReader();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // A stream that nobody disposes of leaves it to its reader.
        if (disposing) CloseReader();
        base.Dispose(disposing);
    }

    private void CloseReader()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _closed.Cancel();
        _reader.Close();
        _closed.Dispose();
    }

    private ValueTask<(int Count, uint Crc32C)> StartRead(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        if (_position >= Length || buffer.IsEmpty) return default;
        var token = cancellationToken.CanBeCanceled ? cancellationToken : _closed.Token;
        return _reader.ReadCheckedAsync(_position, buffer, progress: null, token);
    }

    private int ReadAndWait(Memory<byte> buffer)
    {
        var reading = StartRead(buffer, CancellationToken.None);
        // Nothing in the engine waits for the caller's context, so this cannot wait for itself.
        return Advance(buffer, reading.IsCompletedSuccessfully ? reading.Result : reading.AsTask().GetAwaiter().GetResult());
    }

    private int Advance(Memory<byte> buffer, (int Count, uint Crc32C) read)
    {
        if (read.Count > 0) _checksum.Add(_position, buffer.Span[..read.Count], read.Crc32C);
        _position += read.Count;
        return read.Count;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);

    private NotSupportedException ReadOnly() => new($"'{Uri}' is open for reading; Set-ZonalObject and uploads write objects.");
}

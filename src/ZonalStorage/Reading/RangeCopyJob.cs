using ZonalStorage.Memory;
using ZonalStorage.Protocol;

namespace ZonalStorage.Reading;

/// <summary>The copy-and-check pass of one chunk, for a worker: holds the message until it is done.</summary>
internal sealed class RangeCopyJob : IMemmoveJob
{
    // Below this a hand-over costs more than the copy (a thread switch is about 10 µs, 256 KiB copy and CRC about 20 µs).
    private const int MinimumLength = 256 << 10;

    private readonly MultiRangeDownloader _downloader;
    private readonly ChunkPlace _place;
    private readonly Fragment[] _fragments;
    private readonly int _count;
    private readonly uint _crc;
    private readonly ReferenceCountedLease _message;
    private int _isMessageReleased;
    private bool _isTold;

    private RangeCopyJob(
        MultiRangeDownloader downloader, in ChunkPlace place, in ReadChunk chunk, uint crc, ReferenceCountedLease message)
    {
        _downloader = downloader;
        _place = place;
        _fragments = new Fragment[chunk.Content.MaximumFragmentCount];
        _count = chunk.Content.CopyFragmentsTo(_fragments);
        _crc = crc;
        _message = message;
    }

    /// <summary>Has a worker make the pass, where that pays and one is free.</summary>
    public static bool TryHandOver(
        MultiRangeDownloader downloader, in ChunkPlace place, in ReadChunk chunk, in Transport.Grpc.GrpcMessage message, int workers)
    {
        if (workers == 0 || chunk is not { Crc32C: { } crc, Content.Length: >= MinimumLength } || !message.CanRetain) return false;
        var job = new RangeCopyJob(downloader, place, chunk, crc, message.Retain());
        if (MemmoveWorkerPool.Shared.TryPost(job, workers)) return true;
        job.ReleaseMessage();
        return false;
    }

    /// <inheritdoc/>
    public void Run()
    {
        var isGood = _place.Range!.View.Copy(_place.Position, _place.Count, _fragments.AsSpan(0, _count)) == _crc;
        ReleaseMessage();
        _isTold = true;
        _downloader.OnHandedOver(_place, isGood);
    }

    /// <inheritdoc/>
    public void Fail(Exception error)
    {
        ReleaseMessage();
        if (!_isTold) _downloader.OnHandOverFailed(_place, error);
    }

    private void ReleaseMessage()
    {
        if (Interlocked.Exchange(ref _isMessageReleased, 1) == 0) _message.Release();
    }
}

using System.Diagnostics;
using System.Runtime.ExceptionServices;
using ZonalStorage.Diagnostics;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>Reads ahead of the readers of one handle, and serves their reads from what is there.</summary>
/// <remarks>
/// <para>
/// Thread-safe: any number of positioned reads at once. A read takes what pieces have and asks for the rest itself, before
/// anything is read ahead for it. Where reads follow one another (<see cref="AccessPatternTracker"/>) pieces are asked for,
/// as many as a window (<see cref="ReadAheadWindow"/>) and the session's memory budget hold.
/// </para>
/// <para>
/// A read that follows nothing gives up what is on the way for the one reader there was, so that it need not wait behind it;
/// with several readers taking turns it gives up nothing. A piece that failed is forgotten: its error goes to the read that
/// wanted it, and the next asks anew. A piece that came short is asked for again by the read.
/// </para>
/// <para><c>_gate</c> guards all state; nothing is sent, awaited or copied under it.</para>
/// </remarks>
internal sealed class Prefetcher : IDisposable
{
    private readonly OrderedLock _gate = new(LockRank.Prefetcher);
    private readonly IRangeSource _source;
    private readonly SessionCounters _counters;
    private readonly MemoryAccount _account;
    private readonly ReadAheadState _state;
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _isClosed;

    /// <summary>A prefetcher over a handle.</summary>
    /// <param name="source">The handle; not disposed.</param>
    /// <param name="options">Trigger and largest window.</param>
    /// <param name="budget">Memory for the pieces.</param>
    /// <param name="counters">Counts what it did.</param>
    public Prefetcher(IRangeSource source, ZonalReaderOptions options, MemoryBudget budget, SessionCounters counters)
    {
        _source = source;
        _counters = counters;
        _account = budget.OpenAccount(GiveUp);
        _state = new ReadAheadState(this, source, options, _account);
    }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_started);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object and is not empty.</summary>
    /// <returns>CRC32C of the bytes.</returns>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="ZonalException">What a read may throw.</exception>
    public ValueTask<uint> ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var read = new Extent(offset, destination.Length);
        ReadCover cover;
        var changes = default(ReadAheadChanges);
        using (_gate.Enter())
        {
            if (_isClosed) throw ReadErrors.ReaderClosed();
            cover = _state.Begin(read, Now, ref changes);
        }

        Abandon(changes.Abandoned);
        if (cover.Segments is not null)
            return ReadAsync(destination, cover.Segments, changes, progress, cancellationToken);
        if (cover.Whole is not null)
        {
            Ask(changes);
            return TakeAsync(cover.Whole, offset, destination, progress, cancellationToken);
        }

        // What somebody waits for is asked for first.
        var fill = _source.FillAsync(offset, destination, progress, cancellationToken);
        Ask(changes);
        return new ValueTask<uint>(fill);
    }

    /// <summary>Gives up all there is, at once; reads under way fail.</summary>
    public void Dispose()
    {
        var changes = default(ReadAheadChanges);
        using (_gate.Enter())
        {
            if (_isClosed) return;
            _isClosed = true;
            _state.Clear(ref changes);
        }

        _account.Dispose();
        Abandon(changes.Abandoned);
    }

    /// <summary>A piece's range has ended. Any thread.</summary>
    internal void OnCompleted(ReadAheadPiece piece)
    {
        if (!piece.IsReady) return;
        using (_gate.Enter()) _state.AddLatency(piece.Latency, Now);
    }

    /// <summary>The last who held a piece has let it go.</summary>
    internal void OnReleased(ReadAheadPiece piece) => _counters.AddWasted(piece.Length - piece.Used);

    // The budget wants memory for somebody who waits. Any thread.
    private void GiveUp(long bytes)
    {
        var changes = default(ReadAheadChanges);
        using (_gate.Enter()) _state.GiveUp(bytes, ref changes);
        Abandon(changes.Abandoned);
    }

    private async ValueTask<uint> ReadAsync(
        Memory<byte> destination, List<ReadSegment> segments, ReadAheadChanges changes, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        // The first failure stops the other reads: nothing may write to the destination when this has ended.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = segments[0].Offset;
        List<Task> fills = [];
        var crcs = new uint[segments.Count];
        var taken = 0;
        try
        {
            for (var i = 0; i < segments.Count; i++)
            {
                if (segments[i].Piece is null) fills.Add(FillAsync(i));
            }

            Ask(changes);
            while (taken < segments.Count)
            {
                var index = taken++;
                var segment = segments[index];
                if (segment.Piece is null) continue;
                crcs[index] = await TakeAsync(segment.Piece, segment.Offset, PlaceOf(segment), progress, stop.Token)
                    .ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            while (taken < segments.Count) segments[taken++].Piece?.Release();
            await Task.WhenAll(fills).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(fills).ConfigureAwait(false);
        uint crc = 0;
        for (var i = 0; i < crcs.Length; i++) crc = Crc32C.Combine(crc, crcs[i], segments[i].Length);
        return crc;

        async Task FillAsync(int index) => crcs[index] = await _source
            .FillAsync(segments[index].Offset, PlaceOf(segments[index]), progress, stop.Token).ConfigureAwait(false);

        Memory<byte> PlaceOf(in ReadSegment segment) =>
            destination.Slice((int)(segment.Offset - start), segment.Length);
    }

    /// <summary>Takes bytes from a piece that is held for it, now or when they have come, and lets it go.</summary>
    private ValueTask<uint> TakeAsync(
        ReadAheadPiece piece, long offset, Memory<byte> destination, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        if (!piece.IsReady) return TakeLaterAsync(piece, offset, destination, progress, cancellationToken);
        return ValueTask.FromResult(Take(piece, offset, destination.Span, progress));
    }

    private async ValueTask<uint> TakeLaterAsync(
        ReadAheadPiece piece, long offset, Memory<byte> destination, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            await piece.Completed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            piece.Release();
            throw;
        }

        if (piece.IsReady) return Take(piece, offset, destination.Span, progress);

        var error = piece.Error;
        piece.Release();
        if (error is not (null or OutOfMemoryException)) ExceptionDispatchInfo.Throw(error);
        // There was no memory to read ahead into, or it came short, which the object is not: the read itself finds out.
        return await _source.FillAsync(offset, destination, progress, cancellationToken).ConfigureAwait(false);
    }

    private uint Take(ReadAheadPiece piece, long offset, Span<byte> destination, ZonalProgress? progress)
    {
        uint crc;
        try
        {
            crc = piece.CopyTo(offset, destination);
        }
        finally
        {
            piece.Release();
        }

        _counters.AddHit(destination.Length);
        progress?.Add(destination.Length);
        return crc;
    }

    private void Ask(in ReadAheadChanges changes)
    {
        if (changes.Asked is { } ranges) _source.Add(ranges, changes.Streams);
    }

    private static void Abandon(List<ReadAheadPiece>? pieces)
    {
        if (pieces is null) return;
        // Only reads that were overtaken by the reader's end see it.
        var reason = ReadErrors.ReaderClosed();
        foreach (var piece in pieces)
        {
            piece.Range.Abandon(reason);
            piece.Release();
        }
    }
}

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
    // A trail that was not read for so many reads of others gives its pieces back.
    private const int StaleAfter = 64;

    private readonly object _gate = new();
    private readonly IRangeSource _source;
    private readonly SessionCounters _counters;
    private readonly long _maximumWindow;
    private readonly AccessPatternTracker _tracker;
    private readonly PieceMap _pieces = new();
    private readonly LatencyFilter _latency = new();
    private readonly MemoryAccount _account;
    private readonly ReadAheadProducer _producer;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _provenWindow = ReadAheadWindow.DefaultInitial;
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
        _maximumWindow = options.MaximumPrefetchSize;
        _tracker = new AccessPatternTracker(source.Size, options.PrefetchTrigger);
        _account = budget.OpenAccount(GiveUp);
        _producer = new ReadAheadProducer(this, _pieces, _account, source.Size);
    }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_started);

    /// <summary>Fills all of <paramref name="destination"/>, which lies inside the object and is not empty.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="ZonalException">What a read may throw.</exception>
    public ValueTask ReadAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        var read = new ReadPlace(offset, destination.Length);
        ReadAheadPiece? whole;
        List<ReadSegment>? segments = null;
        List<ReadAheadPiece>? added = null;
        List<ReadAheadPiece>? abandoned = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(ZonalObjectReader));
            var trail = Observe(read, ref abandoned);
            whole = _pieces.Find(offset);
            if (whole is not null && whole.End >= read.End && !whole.IsFailed) whole.Hold();
            else if (whole is not null || _pieces.NextStart(offset, read.End) < read.End) segments = Cover(read);
            if (trail is not null && _tracker.IsEstablished(trail)) Extend(trail, ref added);
        }

        Abandon(abandoned);
        if (segments is not null) return ReadAsync(destination, segments, added, progress, cancellationToken);
        if (whole is not null)
        {
            Ask(added);
            return TakeAsync(whole, offset, destination, progress, cancellationToken);
        }

        // What somebody waits for is asked for first.
        var fill = _source.FillAsync(offset, destination, progress, cancellationToken);
        Ask(added);
        return new ValueTask(fill);
    }

    /// <summary>Gives up all there is, at once; reads under way fail.</summary>
    public void Dispose()
    {
        List<ReadAheadPiece>? abandoned = null;
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            foreach (var trail in _tracker.Trails) Drop(trail, ref abandoned);
        }

        _account.Dispose();
        Abandon(abandoned);
    }

    /// <summary>A piece's range has ended. Any thread.</summary>
    internal void OnCompleted(ReadAheadPiece piece)
    {
        if (!piece.IsReady) return;
        lock (_gate) _latency.Add(piece.Latency, Now);
    }

    /// <summary>The last who held a piece has let it go.</summary>
    internal void Return(ReadAheadPiece piece, NativeBlock block)
    {
        _counters.AddWasted(piece.Length - piece.Used);
        _account.Return(block);
    }

    private async ValueTask ReadAsync(
        Memory<byte> destination, List<ReadSegment> segments, List<ReadAheadPiece>? added, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        // The first failure stops the other reads: nothing may write to the destination when this has ended.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = segments[0].Offset;
        List<Task> fills = [];
        var taken = 0;
        try
        {
            foreach (var segment in segments)
            {
                if (segment.Piece is null)
                    fills.Add(_source.FillAsync(segment.Offset, PlaceOf(segment), progress, stop.Token));
            }

            Ask(added);
            while (taken < segments.Count)
            {
                var segment = segments[taken++];
                if (segment.Piece is null) continue;
                await TakeAsync(segment.Piece, segment.Offset, PlaceOf(segment), progress, stop.Token);
            }
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            while (taken < segments.Count) segments[taken++].Piece?.Release();
            await Task.WhenAll(fills).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(fills);

        Memory<byte> PlaceOf(in ReadSegment segment) =>
            destination.Slice((int)(segment.Offset - start), segment.Length);
    }

    /// <summary>Takes bytes from a piece that is held for it, now or when they have come, and lets it go.</summary>
    private ValueTask TakeAsync(
        ReadAheadPiece piece, long offset, Memory<byte> destination, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        if (!piece.IsReady) return TakeLaterAsync(piece, offset, destination, progress, cancellationToken);
        Take(piece, offset, destination.Span, progress);
        return ValueTask.CompletedTask;
    }

    private async ValueTask TakeLaterAsync(
        ReadAheadPiece piece, long offset, Memory<byte> destination, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            await piece.Completed.WaitAsync(cancellationToken);
        }
        catch
        {
            piece.Release();
            throw;
        }

        if (piece.IsReady)
        {
            Take(piece, offset, destination.Span, progress);
            return;
        }

        var error = piece.Error;
        piece.Release();
        if (error is not null) ExceptionDispatchInfo.Throw(error);
        // It came short, which the object is not: the read itself finds out what is there.
        await _source.FillAsync(offset, destination, progress, cancellationToken);
    }

    private void Take(ReadAheadPiece piece, long offset, Span<byte> destination, ZonalProgress? progress)
    {
        try
        {
            piece.CopyTo(offset, destination);
        }
        finally
        {
            piece.Release();
        }

        _counters.AddHit(destination.Length);
        progress?.Add(destination.Length);
    }

    private void Ask(List<ReadAheadPiece>? pieces)
    {
        if (pieces is null) return;
        foreach (var piece in pieces) _source.Add(piece.Range);
    }

    private static void Abandon(List<ReadAheadPiece>? pieces)
    {
        if (pieces is null) return;
        // Only reads that were overtaken by the reader's end see it.
        var reason = new ObjectDisposedException(nameof(ZonalObjectReader));
        foreach (var piece in pieces)
        {
            piece.Range.Abandon(reason);
            piece.Release();
        }
    }

    // Gate.
    private AccessTrail? Observe(in ReadPlace read, ref List<ReadAheadPiece>? abandoned)
    {
        var trail = _tracker.Observe(read, out var dropped);
        if (dropped is not null) Drop(dropped, ref abandoned);
        while (_tracker.TakeStale(StaleAfter) is { } stale) Drop(stale, ref abandoned);
        if (trail is null) GiveUpPending(ref abandoned);
        return trail;
    }

    /// <summary>What has the bytes of a read: pieces, held for it, and gaps between them. Gate.</summary>
    private List<ReadSegment> Cover(in ReadPlace read)
    {
        List<ReadSegment> segments = [];
        for (var position = read.Offset; position < read.End;)
        {
            var piece = _pieces.Find(position);
            if (piece is { IsFailed: true })
            {
                Forget(piece);
                continue;
            }

            piece?.Hold();
            var end = piece is null ? _pieces.NextStart(position, read.End) : Math.Min(piece.End, read.End);
            segments.Add(new ReadSegment(piece, position, (int)(end - position)));
            position = end;
        }

        return segments;
    }

    // Gate.
    private void Extend(AccessTrail trail, ref List<ReadAheadPiece>? added)
    {
        var ahead = trail.Ahead ??= new ReadAhead(trail, new ReadAheadWindow(_maximumWindow, _provenWindow));
        ahead.Window.Add(trail.Step, trail.MeanLength, _latency.Least, Now);
        if (ahead.Window.IsProven) _provenWindow = ahead.Window.Size;

        // What the trail has passed goes, except for the piece in which it is: short ways back are free. What of it is still
        // on the way comes before what is wanted, so that giving it up would gain nothing.
        while (ahead.Pieces.First?.Value is { } first
            && (first.IsFailed || (trail.IsAscending ? first.End <= trail.Last.Offset : first.Offset >= trail.Last.End)))
        {
            Forget(first);
        }

        _producer.Extend(trail, ahead, ref added);
        var (nearest, last) = (ahead.Pieces.First?.Value, trail.Last);
        (trail.AheadStart, trail.AheadEnd) = trail.Direction is TrailDirection.Backward
            ? (ahead.Produced, Math.Max(last.End, nearest?.End ?? 0))
            : (Math.Min(last.Offset, nearest?.Offset ?? long.MaxValue), ahead.Produced);
    }

    /// <summary>Forgets a piece and lets it come, if it is on the way. Gate.</summary>
    private void Forget(ReadAheadPiece piece)
    {
        Remove(piece);
        piece.Release();
    }

    // Gate.
    private void Remove(ReadAheadPiece piece)
    {
        _pieces.Remove(piece);
        piece.Place!.List!.Remove(piece.Place);
    }

    /// <summary>Forgets a piece, and has it abandoned if it is on the way; the caller does so outside the gate. Gate.</summary>
    private void GiveUp(ReadAheadPiece piece, ref List<ReadAheadPiece>? abandoned)
    {
        Remove(piece);
        if (piece.IsCompleted) piece.Release();
        else (abandoned ??= []).Add(piece);
    }

    /// <summary>Gives up all that a trail has ahead. Gate.</summary>
    private void Drop(AccessTrail trail, ref List<ReadAheadPiece>? abandoned)
    {
        while (trail.Ahead?.Pieces.Last?.Value is { } piece)
        {
            // A read that waits for it goes on, unless the end of all is wanted.
            if (_isClosed || piece.IsUnused) GiveUp(piece, ref abandoned);
            else Forget(piece);
        }
    }

    /// <summary>A read has gone elsewhere: gives up what is on the way, if only one reader can have left. Gate.</summary>
    private void GiveUpPending(ref List<ReadAheadPiece>? abandoned)
    {
        AccessTrail? left = null;
        foreach (var trail in _tracker.Trails)
        {
            if (trail.Ahead?.Pieces.Last is not { Value.IsCompleted: false }) continue;
            if (left is not null) return;
            left = trail;
        }

        if (left?.Ahead is { } ahead) GiveUpFarthest(left, ahead, long.MaxValue, static p => !p.IsCompleted, ref abandoned);
    }

    /// <summary>Gives read-ahead back to the budget: that of the trail that was read longest ago, the farthest first.</summary>
    private void GiveUp(long bytes)
    {
        List<ReadAheadPiece>? abandoned = null;
        lock (_gate)
        {
            foreach (var trail in _tracker.Trails)
            {
                if (bytes <= 0) break;
                if (trail.Ahead is { } ahead) bytes -= GiveUpFarthest(trail, ahead, bytes, static _ => true, ref abandoned);
            }
        }

        Abandon(abandoned);
    }

    /// <returns>Bytes that were given up.</returns>
    private long GiveUpFarthest(
        AccessTrail trail, ReadAhead ahead, long bytes, Func<ReadAheadPiece, bool> isWanted,
        ref List<ReadAheadPiece>? abandoned)
    {
        long given = 0;
        while (given < bytes && ahead.Pieces.Last?.Value is { IsUnused: true } piece && isWanted(piece))
        {
            GiveUp(piece, ref abandoned);
            ahead.Produced = trail.AheadDirection is TrailDirection.Backward ? piece.End : piece.Offset;
            given += piece.Length;
        }

        return given;
    }

    /// <summary>A part of a read.</summary>
    /// <param name="Piece">Has its bytes and is held; null where they must be read.</param>
    /// <param name="Offset">First byte in the object.</param>
    /// <param name="Length">Bytes.</param>
    private readonly record struct ReadSegment(ReadAheadPiece? Piece, long Offset, int Length);
}

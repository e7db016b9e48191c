using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Prefetching;

/// <summary>The trails of one handle and the pieces that they have ahead.</summary>
/// <remarks>
/// Not thread-safe: its prefetcher's gate guards it. It sends nothing: what is to be asked for and to be given up is
/// noted in <see cref="ReadAheadChanges"/>, and done outside the gate.
/// </remarks>
internal sealed class ReadAheadState
{
    // A trail that was not read for so many reads of others gives its pieces back.
    private const int StaleAfter = 64;

    // And after so many where memory is short: more than there are trails, so that readers who take turns take none from another.
    private const int StaleAfterIfShort = 2 * AccessPatternTracker.MaximumTrails;

    private readonly long _maximumWindow;
    private readonly AccessPatternTracker _tracker;
    private readonly PieceMap _pieces = new();
    private readonly LatencyFilter _latency = new();
    private readonly ReadAheadProducer _producer;
    private readonly StreamScaler _scaler;
    private long _provenWindow = ReadAheadWindow.DefaultInitial;

    /// <summary>The state of a handle that was not read yet.</summary>
    /// <param name="owner">Gets pieces back.</param>
    /// <param name="source">The handle.</param>
    /// <param name="options">Trigger and largest window.</param>
    /// <param name="account">Memory for the pieces.</param>
    public ReadAheadState(Prefetcher owner, IRangeSource source, ZonalReaderOptions options, MemoryAccount account)
    {
        _maximumWindow = options.MaximumPrefetchSize;
        _tracker = new AccessPatternTracker(source.Size, options.PrefetchTrigger);
        _producer = new ReadAheadProducer(owner, _pieces, account, source.Size);
        _scaler = new StreamScaler(source.MaximumStreams);
    }

    /// <summary>Takes note of a read, and reads ahead of it if it belongs to an established trail.</summary>
    /// <param name="read">The read.</param>
    /// <param name="now">When it began.</param>
    /// <param name="changes">Takes what is to be done.</param>
    /// <returns>What has its bytes; pieces are held for it.</returns>
    public ReadCover Begin(in Extent read, TimeSpan now, ref ReadAheadChanges changes)
    {
        var trail = _tracker.Observe(read, out var dropped);
        if (dropped is not null) Drop(dropped, ref changes);
        while (_tracker.TakeStale(StaleAfter) is { } stale) Drop(stale, ref changes);
        if (trail is null) GiveUpPending(ref changes);
        // What is ahead of the read does not serve it: it would be asked for before it.
        var cover = Cover(read);
        if (trail is null || !_tracker.IsEstablished(trail)) return cover;
        if (trail.Ahead is not null) _scaler.Add(trail.Step, !cover.IsReady, now);
        Extend(trail, now, ref changes);
        changes.Streams = _scaler.Count;
        return cover;
    }

    /// <summary>A piece has come.</summary>
    public void AddLatency(TimeSpan latency, TimeSpan now) => _latency.Add(latency, now);

    /// <summary>Gives up read-ahead of so many bytes: of the trail that was read longest ago, the farthest first.</summary>
    public void GiveUp(long bytes, ref ReadAheadChanges changes)
    {
        foreach (var trail in _tracker.Trails)
        {
            if (bytes <= 0) return;
            if (trail.Ahead is { } ahead) bytes -= GiveUpFarthest(trail, ahead, bytes, static _ => true, ref changes);
        }
    }

    /// <summary>Gives up everything, also what reads wait for.</summary>
    public void Clear(ref ReadAheadChanges changes)
    {
        foreach (var trail in _tracker.Trails) Drop(trail, ref changes, evenInUse: true);
    }

    private ReadCover Cover(in Extent read)
    {
        var piece = _pieces.Find(read.Offset);
        if (piece is { IsFailed: false } && piece.End >= read.End)
        {
            piece.AddHolder();
            return new ReadCover(piece, Segments: null);
        }

        return piece is null && _pieces.NextStart(read.Offset, read.End) == read.End
            ? default
            : new ReadCover(Whole: null, Divide(read));
    }

    private List<ReadSegment> Divide(in Extent read)
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

            piece?.AddHolder();
            var end = piece is null ? _pieces.NextStart(position, read.End) : Math.Min(piece.End, read.End);
            segments.Add(new ReadSegment(piece, position, (int)(end - position)));
            position = end;
        }

        return segments;
    }

    private void Extend(AccessTrail trail, TimeSpan now, ref ReadAheadChanges changes)
    {
        var ahead = trail.Ahead ??= new ReadAhead(trail, new ReadAheadWindow(_maximumWindow, _provenWindow));
        ahead.Window.Add(trail.Step, trail.MeanLength, _latency.Least, now);
        if (ahead.Window.IsProven) _provenWindow = ahead.Window.Size;

        // What the trail has passed goes, except for the piece in which it is: short ways back are free. What of it is still
        // on the way comes before what is wanted, so that giving it up would gain nothing.
        while (ahead.Pieces.First?.Value is { } first
            && (first.IsFailed || (trail.IsAscending ? first.End <= trail.Last.Offset : first.Offset >= trail.Last.End)))
        {
            Forget(first);
        }

        if (_pieces.Find(trail.NextByte) is { IsFailed: true } failed) Forget(failed);
        // Without that, who has gone elsewhere would have nothing ahead while what he left lies there.
        while (!_producer.TryExtend(trail, ahead, ref changes) && _tracker.TakeStale(StaleAfterIfShort) is { } stale)
            Drop(stale, ref changes);
        var (nearest, last) = (ahead.Pieces.First?.Value, trail.Last);
        (trail.AheadStart, trail.AheadEnd) = trail.Direction is TrailDirection.Backward
            ? (ahead.Produced, Math.Max(last.End, nearest?.End ?? 0))
            : (Math.Min(last.Offset, nearest?.Offset ?? long.MaxValue), ahead.Produced);
    }

    /// <summary>Forgets a piece and lets it come, if it is on the way.</summary>
    private void Forget(ReadAheadPiece piece)
    {
        Remove(piece);
        piece.Release();
    }

    private void Remove(ReadAheadPiece piece)
    {
        _pieces.Remove(piece);
        piece.Place!.List!.Remove(piece.Place);
    }

    /// <summary>Forgets a piece, and has it abandoned if it is on the way; the caller does so outside the gate.</summary>
    private void GiveUp(ReadAheadPiece piece, ref ReadAheadChanges changes)
    {
        Remove(piece);
        if (piece.IsCompleted) piece.Release();
        else changes.Abandon(piece);
    }

    /// <summary>Gives up all that a trail has ahead.</summary>
    private void Drop(AccessTrail trail, ref ReadAheadChanges changes, bool evenInUse = false)
    {
        while (trail.Ahead?.Pieces.Last?.Value is { } piece)
        {
            // A read that waits for it goes on, unless the end of all is wanted.
            if (evenInUse || piece.IsUnused) GiveUp(piece, ref changes);
            else Forget(piece);
        }
    }

    /// <summary>A read has gone elsewhere: gives up what is on the way, if only one reader can have left.</summary>
    private void GiveUpPending(ref ReadAheadChanges changes)
    {
        AccessTrail? left = null;
        foreach (var trail in _tracker.Trails)
        {
            if (trail.Ahead?.Pieces.Last is not { Value.IsCompleted: false }) continue;
            if (left is not null) return;
            left = trail;
        }

        if (left?.Ahead is { } ahead) GiveUpFarthest(left, ahead, long.MaxValue, static p => !p.IsCompleted, ref changes);
    }

    /// <returns>Bytes that were given up.</returns>
    private long GiveUpFarthest(
        AccessTrail trail, ReadAhead ahead, long bytes, Func<ReadAheadPiece, bool> isWanted,
        ref ReadAheadChanges changes)
    {
        long given = 0;
        while (given < bytes && ahead.Pieces.Last?.Value is { IsUnused: true } piece && isWanted(piece))
        {
            GiveUp(piece, ref changes);
            ahead.Produced = trail.AheadDirection is TrailDirection.Backward ? piece.End : piece.Offset;
            given += piece.Length;
        }

        return given;
    }
}

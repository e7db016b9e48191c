using System.Runtime.ExceptionServices;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>Ranges of one object while they are read: results are taken one by one, in the order asked for.</summary>
/// <remarks>The engine reads two windows of ranges ahead of what is taken, and no more.</remarks>
internal sealed class ObjectRanges : IAsyncDisposable
{
    private readonly ZonalUri _uri;
    private readonly TransferProgress _progress;
    private readonly ZonalProgress _counters;
    private readonly IAsyncEnumerator<ZonalRangeResult> _results;
    private Task<bool>? _first;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins to read.</summary>
    public ObjectRanges(
        ZonalSession session, ZonalUri uri, IReadOnlyList<ByteRange> ranges, TransferProgress progress, CancellationToken stopping)
    {
        _uri = uri;
        _progress = progress;
        _counters = progress.Begin();
        _results = session.ReadRangesAsync(uri, ranges, _counters, stopping).GetAsyncEnumerator(stopping);
        _first = BeginAsync();
    }

    /// <summary>The next range's result; if the read failed as a whole, its failure each time.</summary>
    public async ValueTask<ZonalRangeResult> TakeAsync()
    {
        _failure?.Throw();
        try
        {
            var first = _first;
            _first = null;
            // The engine promises one result a range. Were it to break that, no range may stay silent.
            if (!(first is null ? await _results.MoveNextAsync() : await first)) throw Missing();
            return _results.Current;
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    /// <summary>Gives up what was not taken; to be cancelled before, or what is on its way is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_first is not null) await ((Task)_first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _results.DisposeAsync();
        _progress.End(_counters);
    }

    private async Task<bool> BeginAsync()
    {
        // Off the caller's thread, so that the objects of a batch start together.
        await Task.Yield();
        return await _results.MoveNextAsync();
    }

    private ZonalException Missing() => new(
        ZonalErrorIds.UnexpectedFailure, ZonalStatusCode.Internal, "A range got no answer.", target: _uri.ToString());
}

namespace ZonalStorage.Transport;

/// <summary>The one limit round everything that an attempt of a call does: token, connection, stream, request, answer.</summary>
/// <remarks>Whatever waits takes <see cref="Token"/>; <see cref="HasPassed"/> tells the limit from its caller's wish.</remarks>
internal sealed class CallDeadline : IDisposable
{
    // What a timer takes; nobody waits longer for a call.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(24);

    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _both;

    /// <summary>A limit that begins now.</summary>
    public CallDeadline(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        Limit = limit < _longest ? limit : _longest;
        _time = time;
        _startedAt = time.GetTimestamp();
        _caller = caller;
        _limit = new CancellationTokenSource(Limit, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, caller);
    }

    /// <summary>The whole limit.</summary>
    public TimeSpan Limit { get; }

    /// <summary>What is left of it; not below zero.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = Limit - _time.GetElapsedTime(_startedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Cancelled when the limit has passed or the caller wants no more.</summary>
    public CancellationToken Token => _both.Token;

    /// <summary>True once the limit has passed, unless the caller wanted no more.</summary>
    public bool HasPassed => _limit.IsCancellationRequested && !_caller.IsCancellationRequested;

    public void Dispose()
    {
        _both.Dispose();
        _limit.Dispose();
    }
}

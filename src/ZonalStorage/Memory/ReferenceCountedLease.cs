using System.Diagnostics;

namespace ZonalStorage.Memory;

/// <summary>Memory that several parties use and that is freed when the last of them has let go. Thread-safe.</summary>
/// <remarks>Whoever makes it is its first holder.</remarks>
internal abstract class ReferenceCountedLease
{
    private int _holders;

    protected ReferenceCountedLease(int holders = 1) => _holders = holders;

    /// <summary>True once nobody holds it.</summary>
    public bool IsReleased => Volatile.Read(ref _holders) == 0;

    /// <summary>Those who hold it now.</summary>
    protected int Holders => Volatile.Read(ref _holders);

    /// <summary>One more holder; the caller is one already.</summary>
    public void AddHolder()
    {
        var holders = Interlocked.Increment(ref _holders);
        Debug.Assert(holders > 1, "held again after it was free");
    }

    /// <summary>One holder fewer.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        Debug.Assert(left >= 0, "released more often than held");
        if (left == 0) OnReleased();
    }

    /// <summary>Nobody holds it any more; on the thread of the last holder.</summary>
    protected virtual void OnReleased()
    {
        // Most memory is found free by its owner.
    }
}

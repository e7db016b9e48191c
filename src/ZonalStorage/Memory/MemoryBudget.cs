using ZonalStorage.Diagnostics;

namespace ZonalStorage.Memory;

/// <summary>
/// The memory that a session's readers and transfers share for windows of read-ahead, chunks and staging blocks.
/// </summary>
/// <remarks>
/// <para>
/// There are two kinds of wish. Read-ahead (<see cref="MemoryAccount.TryRent"/>, <see cref="MemoryAccount.TryReserve"/>) is
/// granted while it fits, and to each reader no more than its share. What somebody waits for
/// (<see cref="MemoryAccount.Rent"/>, <see cref="MemoryAccount.Reserve"/>) is always granted at once: waiting for another
/// reader's memory could be waiting for ever, where one pipeline feeds the other. It takes read-ahead away from readers
/// first, and goes over the limit by what is left, which is at most one block for each operation under way. So a request
/// larger than the whole budget works, without read-ahead.
/// </para>
/// <para>
/// Blocks are reused warm: a fresh page costs more than to receive and check what is put into it (docs/performance.md).
/// Blocks that wait for reuse count against the limit too, and go before read-ahead does.
/// </para>
/// <para>Thread-safe. Owners are called outside the gate.</para>
/// </remarks>
internal sealed class MemoryBudget(long limit) : IDisposable
{
    private readonly OrderedLock _gate = new(LockRank.MemoryBudget);
    private readonly BlockPool _pool = new();
    private readonly List<MemoryAccount> _accounts = [];
    private long _used;
    private long _peak;
    private int _holders;
    private bool _isDisposed;

    /// <summary>Bytes that there are.</summary>
    public long Limit => limit;

    /// <summary>Bytes in use.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>The most bytes that were in use at a time.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    /// <summary>Bytes that wait for reuse.</summary>
    public long Pooled
    {
        get
        {
            using (_gate.Enter()) return _pool.FreeBytes;
        }
    }

    /// <summary>A reader's part in the budget.</summary>
    /// <param name="giveUp">
    /// Told to give back read-ahead of about so many bytes, at once and by <see cref="MemoryAccount.Return"/>; any thread.
    /// Null if it never has any.
    /// </param>
    public MemoryAccount OpenAccount(Action<long>? giveUp = null)
    {
        var account = new MemoryAccount(this, giveUp);
        // The others need not be found: one that nobody closed is nothing but garbage then.
        if (!account.CanGiveUp) return account;
        using (_gate.Enter()) _accounts.Add(account);
        return account;
    }

    /// <summary>Frees what waits for reuse. Blocks that are in use are freed as they come back.</summary>
    public void Dispose()
    {
        List<NativeBlock> freed = [];
        using (_gate.Enter())
        {
            _isDisposed = true;
            _pool.Shrink(long.MaxValue, freed);
        }

        Free(freed);
    }

    /// <summary>Frees blocks that nobody needed since the last call. Timer thread.</summary>
    public void Trim()
    {
        List<NativeBlock> freed = [];
        using (_gate.Enter()) _pool.Trim(freed);
        Free(freed);
    }

    internal void Close(MemoryAccount account)
    {
        using (_gate.Enter()) _accounts.Remove(account);
    }

    /// <summary>Counts read-ahead, if it fits.</summary>
    internal bool TryTake(MemoryAccount account, long bytes)
    {
        List<NativeBlock>? freed;
        using (_gate.Enter())
        {
            // Who holds memory shares it equally; one who is alone has it all.
            var sharers = _holders + (account.Held == 0 ? 1 : 0);
            if (_isDisposed || bytes > limit - _used || bytes > limit / sharers - account.Held) return false;
            freed = Take(account, bytes);
        }

        Free(freed);
        return true;
    }

    /// <summary>Counts what somebody waits for.</summary>
    internal void TakeAnyway(MemoryAccount account, long bytes)
    {
        Relieve(bytes);
        List<NativeBlock>? freed;
        using (_gate.Enter()) freed = Take(account, bytes);
        Free(freed);
    }

    /// <summary>A block that was used before, for memory that is counted already; null: make one.</summary>
    internal NativeBlock? TakeReserved(int size)
    {
        using (_gate.Enter()) return _pool.TryTake(size);
    }

    internal void GiveBack(MemoryAccount account, long bytes)
    {
        using (_gate.Enter()) Count(account, -bytes);
    }

    internal void Recycle(MemoryAccount account, NativeBlock block)
    {
        bool isKept;
        using (_gate.Enter())
        {
            Count(account, -block.Length);
            isKept = !_isDisposed && _used + _pool.FreeBytes + block.Length <= limit && _pool.TryKeep(block);
        }

        if (!isKept) block.Dispose();
    }

    /// <summary>Has readers give read-ahead back until so many bytes more fit, those first that hold most.</summary>
    private void Relieve(long bytes)
    {
        if (bytes <= limit - Used) return;
        MemoryAccount[] accounts;
        using (_gate.Enter()) accounts = [.. _accounts.Where(static a => a.Held > 0).OrderByDescending(static a => a.Held)];
        foreach (var account in accounts)
        {
            var excess = bytes - (limit - Used);
            if (excess <= 0) return;
            account.GiveUp(excess);
        }
    }

    /// <returns>What must be freed for it.</returns>
    private List<NativeBlock>? Take(MemoryAccount account, long bytes)
    {
        Count(account, bytes);
        _peak = Math.Max(_peak, _used);
        // What is counted here may be taken from the pool a moment later: then nothing of it need be freed.
        var excess = Math.Min(_pool.FreeBytes, _used + _pool.FreeBytes - limit);
        if (excess <= 0) return null;
        List<NativeBlock> freed = [];
        _pool.Shrink(excess, freed);
        return freed;
    }

    private void Count(MemoryAccount account, long bytes)
    {
        _gate.AssertHeld();
        if (account.Held == 0) _holders++;
        account.Held += bytes;
        if (account.Held == 0) _holders--;
        _used += bytes;
    }

    private static void Free(List<NativeBlock>? blocks)
    {
        if (blocks is null) return;
        foreach (var block in blocks) block.Dispose();
    }
}

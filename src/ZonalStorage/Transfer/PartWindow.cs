namespace ZonalStorage.Transfer;

/// <summary>How many parts of a file are asked for at a time: as many as the network needs, and no more than the disk can take.</summary>
/// <remarks>
/// <para>
/// Every part written is a look at which of the two waits for the other. Where no other waits to be written the window grows by
/// one, so that it doubles each round trip while bytes are what is missing. Where more than <paramref name="mostWaiting"/> have
/// waited for a whole window of parts it shrinks, until no more than that do: a disk that pauses now and then is no slow disk.
/// A process that is killed loses what it received and had not written: with a fixed window in front of a slow
/// disk all of it (docs/performance.md).
/// </para>
/// <para>Any thread.</para>
/// </remarks>
/// <param name="start">Parts asked for at first.</param>
/// <param name="most">Parts asked for at a time at most.</param>
/// <param name="mostWaiting">Parts that may wait to be written.</param>
internal sealed class PartWindow(int start, int most, int mostWaiting) : IDisposable
{
    // Parts written before the window gets another one smaller: what was asked for before still comes.
    private const int PartsPerStep = 4;

    private readonly object _gate = new();
    private readonly SemaphoreSlim _room = new(Math.Min(start, most));
    private int _size = Math.Min(start, most);
    private int _waiting;
    private int _crowded;

    /// <summary>Parts that may be asked for at a time, as of now.</summary>
    public int Size
    {
        get
        {
            lock (_gate) return _size;
        }
    }

    /// <summary>Waits until another part may be asked for.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _room.WaitAsync(cancellationToken);

    /// <summary>A part has come and is to be written.</summary>
    public void OnReceived()
    {
        lock (_gate) _waiting++;
    }

    /// <summary>A part that had come is written: its place is free, or given up, or two are.</summary>
    public void OnWritten()
    {
        int free;
        lock (_gate)
        {
            _waiting--;
            _crowded = _waiting > mostWaiting ? _crowded + 1 : 0;
            var isTooLarge = _crowded > _size && _crowded % PartsPerStep == 0;
            free = isTooLarge ? 0 : _waiting == 0 && _size < most ? 2 : 1;
            _size += free - 1;
        }

        if (free > 0) _room.Release(free);
    }

    /// <summary>Closes a place for which there is no memory, until parts written have the window grow again.</summary>
    /// <returns>False if it is the only one: somebody must go on.</returns>
    public bool TryClose()
    {
        lock (_gate)
        {
            if (_size == 1) return false;
            _size--;
            return true;
        }
    }

    /// <summary>Gives a place back for which there was no part.</summary>
    public void Leave() => _room.Release();

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}

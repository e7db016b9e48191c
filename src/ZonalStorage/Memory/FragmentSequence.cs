namespace ZonalStorage.Memory;

/// <summary>Bytes that lie in several pieces: the content of one chunk within a message.</summary>
internal readonly ref struct FragmentSequence
{
    private readonly ReadOnlySpan<Fragment> _fragments;
    private readonly int _firstStart;

    /// <summary><paramref name="length"/> bytes from <paramref name="firstStart"/> of the first piece on.</summary>
    public FragmentSequence(ReadOnlySpan<Fragment> fragments, int firstStart, int length)
    {
        _fragments = fragments;
        _firstStart = firstStart;
        Length = length;
    }

    /// <summary>Bytes of the chunk.</summary>
    public int Length { get; }

    /// <summary>Pieces at most that the chunk lies in.</summary>
    public int MaximumFragmentCount => _fragments.Length;

    /// <summary>Goes over the pieces; none is empty.</summary>
    public Enumerator GetEnumerator() => new(_fragments, _firstStart, Length);

    /// <summary>Copies the list of pieces, not the bytes.</summary>
    /// <returns>Pieces listed.</returns>
    public int CopyFragmentsTo(Span<Fragment> list)
    {
        var count = 0;
        foreach (var fragment in this) list[count++] = fragment;
        return count;
    }

    /// <summary>Goes over the pieces of a chunk.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<Fragment> _fragments;
        private int _index;
        private int _start;
        private int _left;

        internal Enumerator(ReadOnlySpan<Fragment> fragments, int firstStart, int length)
        {
            _fragments = fragments;
            _start = firstStart;
            _left = length;
            _index = -1;
            Current = default;
        }

        /// <summary>The piece.</summary>
        public Fragment Current { get; private set; }

        /// <summary>Goes to the next piece.</summary>
        public bool MoveNext()
        {
            while (_left > 0)
            {
                _index++;
                var fragment = _fragments[_index];
                var count = Math.Min(fragment.Length - _start, _left);
                Current = fragment.Slice(_start, count);
                _start = 0;
                _left -= count;
                if (count > 0) return true;
            }

            return false;
        }
    }
}

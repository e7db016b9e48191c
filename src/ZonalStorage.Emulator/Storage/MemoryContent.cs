namespace ZonalStorage.Emulator.Storage;

/// <summary>Content in fixed blocks that never move, so readers need no lock.</summary>
internal sealed class MemoryContent : ObjectContent, IContentReader
{
    private const int BlockSize = 1 << 20;

    // The first block grows with a small object, so that a thousand tiny ones do not cost a gigabyte.
    private const int FirstBlockMinimum = 4096;

    private byte[][] _blocks = [];
    private ContentState _state = new(0, 0);

    public override long Length => Volatile.Read(ref _state).Length;

    public override ContentState Now(bool cheaply) => Volatile.Read(ref _state);

    public override IContentReader OpenReader() => this;

    public override void Append(ReadOnlySpan<byte> data)
    {
        var crc = Crc32C.Append(_state.Crc32C ?? 0, data);
        var length = _state.Length;
        while (!data.IsEmpty)
        {
            var block = (int)(length / BlockSize);
            var at = (int)(length % BlockSize);
            EnsureBlock(block, at, data.Length);
            var n = Math.Min(data.Length, BlockSize - at);
            data[..n].CopyTo(_blocks[block].AsSpan(at));
            data = data[n..];
            length += n;
        }

        Volatile.Write(ref _state, new ContentState(length, crc));
    }

    public void Read(long offset, Span<byte> destination)
    {
        var blocks = Volatile.Read(ref _blocks);
        while (!destination.IsEmpty)
        {
            var at = (int)(offset % BlockSize);
            var n = Math.Min(destination.Length, BlockSize - at);
            blocks[offset / BlockSize].AsSpan(at, n).CopyTo(destination);
            destination = destination[n..];
            offset += n;
        }
    }

    public uint? KnownCrc32C(long offset, int length) =>
        offset == 0 && Volatile.Read(ref _state) is var state && state.Length == length ? state.Crc32C : null;

    public void Dispose()
    {
        // The object owns the blocks.
    }

    private void EnsureBlock(int block, int used, int more)
    {
        var wanted = (int)Math.Min(BlockSize, Math.Max(FirstBlockMinimum, (long)used + more));
        if (block == _blocks.Length)
        {
            var table = new byte[block + 1][];
            _blocks.CopyTo(table, 0);
            table[block] = GC.AllocateUninitializedArray<byte>(block == 0 ? wanted : BlockSize);
            Volatile.Write(ref _blocks, table);
        }
        else if (_blocks[block].Length < wanted)
        {
            var grown = GC.AllocateUninitializedArray<byte>(
                (int)Math.Min(BlockSize, Math.Max(wanted, 2L * _blocks[block].Length)));
            _blocks[block].AsSpan(0, used).CopyTo(grown);
            var table = (byte[][])_blocks.Clone();
            table[block] = grown;
            Volatile.Write(ref _blocks, table);
        }
    }
}

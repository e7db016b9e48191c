using Microsoft.Win32.SafeHandles;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Content in a file. A reader keeps its file open, so it goes on reading what it opened when the name is deleted,
/// replaced or moved meanwhile.
/// </summary>
internal sealed class FileContent(string path, long initialLength, uint? initialCrc) : ObjectContent
{
    // Reading a file just to sum it takes about a second per 2 GiB: done for one object, not for every one of a list.
    private const long MaxSummed = 4L << 30;
    private const long MaxSummedCheaply = 1L << 20;

    private const int BufferSize = 1 << 20;

    private ContentState _state = new(initialLength, initialCrc);

    /// <summary>Follows the object when it is moved.</summary>
    public string Path { get; set; } = path;

    public override long Length => Volatile.Read(ref _state).Length;

    public override ContentState Now(bool cheaply)
    {
        var state = Volatile.Read(ref _state);
        if (state.Crc32C is not null || state.Length > (cheaply ? MaxSummedCheaply : MaxSummed)) return state;
        var summed = state with { Crc32C = Sum(state.Length) };

        // An append may have come between; then this sum is of the past, and still right for its length.
        Interlocked.CompareExchange(ref _state, summed, state);
        return summed;
    }

    public override IContentReader OpenReader() => new Reader(Path);

    public override void Append(ReadOnlySpan<byte> data)
    {
        var state = Now(cheaply: false);
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(file, data, state.Length);
        uint? crc = state.Crc32C is { } known ? Crc32C.Append(known, data) : null;
        Volatile.Write(ref _state, new ContentState(state.Length + data.Length, crc));
    }

    private uint Sum(long length)
    {
        using var reader = OpenReader();
        var buffer = new byte[(int)Math.Min(BufferSize, length)];
        uint crc = 0;
        for (long at = 0; at < length;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at));
            reader.Read(at, piece);
            crc = Crc32C.Append(crc, piece);
            at += piece.Length;
        }

        return crc;
    }

    private sealed class Reader(string path) : IContentReader
    {
        private readonly SafeFileHandle _file =
            File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        public int PreferredRead => 128 * 1024;

        public void Read(long offset, Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                var n = RandomAccess.Read(_file, destination, offset);
                if (n == 0) throw new EndOfStreamException($"{path} has become shorter while it was read.");
                destination = destination[n..];
                offset += n;
            }
        }

        public uint? KnownCrc32C(long offset, int length) => null;

        public void Dispose() => _file.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Content that is computed, not stored: little-endian 64-bit word k is splitmix64(k), the same for every object, so
/// that any range can be checked without a copy. Its first stretch is kept in memory once made, because making it
/// costs more than copying it.
/// </summary>
internal sealed class SyntheticContent(long length) : ObjectContent, IContentReader
{
    public const int BlockSize = 2 << 20;

    // Past this the whole-object checksum would take seconds; the service leaves it out of some answers, too.
    private const long MaxChecksummed = 4L << 30;

    private const int KeptBlocks = 128;

    // Checksums of whole objects by their size, as many as tests that use many sizes are likely to have.
    private const int KeptChecksums = 4096;

    private static readonly byte[]?[] _kept = new byte[KeptBlocks][];
    private static readonly uint?[] _blockCrcs = new uint?[MaxChecksummed / BlockSize];
    private static readonly ConcurrentDictionary<long, uint> _wholeCrcs = new();
    private static readonly object _crcGate = new();

    private ContentState? _state;

    public override long Length => length;

    public override ContentState Now(bool cheaply) =>
        _state ??= new ContentState(length, length > MaxChecksummed ? null : WholeCrc());

    public override IContentReader OpenReader() => this;

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var index = offset / BlockSize;
            var at = (int)(offset % BlockSize);
            var n = Math.Min(destination.Length, BlockSize - at);
            if (index < KeptBlocks) Block((int)index).AsSpan(at, n).CopyTo(destination);
            else Generate(offset, destination[..n]);
            destination = destination[n..];
            offset += n;
        }
    }

    public uint? KnownCrc32C(long offset, int count) =>
        offset == 0 && count == length ? Now(cheaply: true).Crc32C
        : count == BlockSize && offset % BlockSize == 0 && offset / BlockSize is var index && index < _blockCrcs.Length
            ? BlockCrc((int)index)
            : null;

    public void Dispose()
    {
        // Nothing is held open.
    }

    /// <summary>Any stretch of the content, by the formula alone.</summary>
    public static void Generate(long offset, Span<byte> destination)
    {
        if (offset % 8 != 0)
        {
            Span<byte> word = stackalloc byte[8];
            MemoryMarshal.Write(word, Word((ulong)(offset / 8)));
            word = word[(int)(offset % 8)..];
            var n = Math.Min(word.Length, destination.Length);
            word[..n].CopyTo(destination);
            destination = destination[n..];
            offset += n;
        }

        var k = (ulong)(offset / 8);
        foreach (ref var word in MemoryMarshal.Cast<byte, ulong>(destination)) word = Word(k++);
        var rest = destination[(destination.Length & ~7)..];
        if (rest.IsEmpty) return;
        Span<byte> last = stackalloc byte[8];
        MemoryMarshal.Write(last, Word(k));
        last[..rest.Length].CopyTo(rest);
    }

    private static ulong Word(ulong k)
    {
        var z = (k + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static byte[] Block(int index)
    {
        if (Volatile.Read(ref _kept[index]) is { } block) return block;
        block = GC.AllocateUninitializedArray<byte>(BlockSize);
        Generate((long)index * BlockSize, block);
        return Interlocked.CompareExchange(ref _kept[index], block, null) ?? block;
    }

    private static uint BlockCrc(int index)
    {
        lock (_crcGate)
        {
            if (_blockCrcs[index] is { } known) return known;
        }

        uint crc;
        if (index < KeptBlocks)
        {
            crc = Crc32C.Compute(Block(index));
        }
        else
        {
            var buffer = new byte[64 * 1024];
            crc = 0;
            for (var at = 0; at < BlockSize; at += buffer.Length)
            {
                Generate(((long)index * BlockSize) + at, buffer);
                crc = Crc32C.Append(crc, buffer);
            }
        }

        lock (_crcGate) _blockCrcs[index] = crc;
        return crc;
    }

    // Ten thousand objects of one size have one content, which is summed once.
    private uint WholeCrc()
    {
        if (_wholeCrcs.TryGetValue(length, out var known)) return known;
        var crc = ComputeCrc();
        if (_wholeCrcs.Count < KeptChecksums) _wholeCrcs.TryAdd(length, crc);
        return crc;
    }

    private uint ComputeCrc()
    {
        uint crc = 0;
        var whole = (int)(length / BlockSize);
        for (var i = 0; i < whole; i++) crc = Crc32C.Combine(crc, BlockCrc(i), BlockSize);
        var rest = new byte[length % BlockSize];
        Generate((long)whole * BlockSize, rest);
        return Crc32C.Append(crc, rest);
    }
}

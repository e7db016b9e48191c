using System.Runtime.InteropServices;

namespace ZonalStorage.TestSupport;

/// <summary>
/// Content of synthetic objects: the little-endian 64-bit word at byte 8k is splitmix64(k). Any stretch of any object
/// can thus be checked without a copy of it, and no two words of an object are likely to be equal.
/// </summary>
public static class SplitMixContent
{
    /// <summary>Word k of the content.</summary>
    public static ulong Word(ulong k)
    {
        unchecked
        {
            var z = (k + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Byte <paramref name="offset"/> of the content.</summary>
    public static byte At(long offset) => (byte)(Word((ulong)offset >> 3) >> (int)((offset & 7) * 8));

    /// <summary>The content from <paramref name="offset"/> on.</summary>
    public static byte[] Bytes(long offset, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = At(offset + i);
        return bytes;
    }

    /// <summary>
    /// Position within <paramref name="data"/> of the first byte that differs from the content at
    /// <paramref name="offset"/>; -1 if none does.
    /// </summary>
    public static int FirstDifference(long offset, ReadOnlySpan<byte> data)
    {
        var i = 0;
        for (; i < data.Length && ((offset + i) & 7) != 0; i++)
        {
            if (data[i] != At(offset + i)) return i;
        }

        if (BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(data[i..]);
            var first = (ulong)(offset + i) >> 3;
            var w = 0;
            while (w < words.Length && words[w] == Word(first + (ulong)w)) w++;
            i += w * sizeof(ulong);
        }

        for (; i < data.Length; i++)
        {
            if (data[i] != At(offset + i)) return i;
        }

        return -1;
    }
}

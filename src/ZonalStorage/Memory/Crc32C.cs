using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace ZonalStorage.Memory;

/// <summary>CRC32C (Castagnoli), the checksum of every chunk and object of the service.</summary>
/// <remarks>
/// The processor's instruction has a latency of three cycles and takes one a cycle, so three stretches of the input are
/// computed side by side ("lanes") and joined by a multiplication. A long stretch is taken in blocks of three lanes of 4 KiB,
/// what is left in blocks of three lanes of 256 bytes. Copying at the same time rides along almost for free while the data is
/// in the cache (docs/performance.md).
/// </remarks>
internal static unsafe class Crc32C
{
    private const int LongLane = 4096;
    private const int ShortLane = 256;
    private const int CacheLine = 64;

    private static readonly uint _longShift1 = Crc32CAlgebra.LaneShift(LongLane);
    private static readonly uint _longShift2 = Crc32CAlgebra.LaneShift(2 * LongLane);
    private static readonly uint _shortShift1 = Crc32CAlgebra.LaneShift(ShortLane);
    private static readonly uint _shortShift2 = Crc32CAlgebra.LaneShift(2 * ShortLane);

    private static bool HasInstruction => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>The CRC of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The CRC of what <paramref name="crc"/> is the CRC of, followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (!HasInstruction) return Crc32CSoftware.Append(crc, bytes);
        fixed (byte* source = bytes) return ~Run<Check>(~crc, source, null, bytes.Length);
    }

    /// <summary>Copies and computes in one pass.</summary>
    /// <param name="crc">CRC of what came before.</param>
    /// <param name="source">What to copy; must not overlap the destination.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="isStreaming">
    /// True to write past the cache: for destinations that are too large to be there, or to be read again before they have
    /// left it. A store that misses the cache reads its line first; going past it took 0.035 instead of 0.085 CPU-s/GiB into
    /// cold memory (docs/performance.md).
    /// </param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static uint CopyAndAppend(
        uint crc, ReadOnlySpan<byte> source, Span<byte> destination, bool isStreaming = false)
    {
        if (destination.Length < source.Length)
            throw new ArgumentException("The destination is shorter than the source.", nameof(destination));
        if (!HasInstruction)
        {
            source.CopyTo(destination);
            return Crc32CSoftware.Append(crc, source);
        }

        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            return isStreaming && Sse2.X64.IsSupported
                ? ~Stream(~crc, from, to, source.Length)
                : ~Run<CheckAndCopy>(~crc, from, to, source.Length);
        }
    }

    /// <summary>The CRC of two stretches one after the other, from the CRC of each and the length of the second.</summary>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Crc32CAlgebra.Multiply(first, Crc32CAlgebra.PowerOfBytes(secondLength)) ^ second;
    }

    // What differs between checking and checking while copying is decided when the code is compiled.
    private interface IPass
    {
        static abstract bool Copies { get; }

        static abstract bool Streams { get; }
    }

    private readonly struct Check : IPass
    {
        public static bool Copies => false;

        public static bool Streams => false;
    }

    private readonly struct CheckAndCopy : IPass
    {
        public static bool Copies => true;

        public static bool Streams => false;
    }

    private readonly struct CheckAndStream : IPass
    {
        public static bool Copies => true;

        public static bool Streams => true;
    }

    private static uint Stream(uint crc, byte* source, byte* destination, int length)
    {
        // Whole cache lines go past the cache; a line written in parts would be fetched after all.
        var head = (int)Math.Min(-(nint)destination & (CacheLine - 1), length);
        crc = Run<CheckAndCopy>(crc, source, destination, head);
        crc = Run<CheckAndStream>(crc, source + head, destination + head, length - head);
        // Such stores are not ordered with others: whoever is told of the bytes must see them.
        Sse.StoreFence();
        return crc;
    }

    // Optimised from the first call on: the first seconds of a transfer would otherwise run code ten times as slow.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Run<TPass>(uint crc, byte* source, byte* destination, int length)
        where TPass : struct, IPass
    {
        while (length >= 3 * LongLane)
        {
            crc = Block<TPass>(crc, source, destination, LongLane, _longShift1, _longShift2);
            source += 3 * LongLane;
            if (TPass.Copies) destination += 3 * LongLane;
            length -= 3 * LongLane;
        }

        while (length >= 3 * ShortLane)
        {
            crc = Block<TPass>(crc, source, destination, ShortLane, _shortShift1, _shortShift2);
            source += 3 * ShortLane;
            if (TPass.Copies) destination += 3 * ShortLane;
            length -= 3 * ShortLane;
        }

        return Tail<TPass>(crc, source, destination, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Block<TPass>(uint crc, byte* source, byte* destination, int lane, uint shift1, uint shift2)
        where TPass : struct, IPass
    {
        uint a = crc, b = 0, c = 0;
        for (var i = 0; i < lane; i += sizeof(ulong))
        {
            var x = Unsafe.ReadUnaligned<ulong>(source + i);
            var y = Unsafe.ReadUnaligned<ulong>(source + lane + i);
            var z = Unsafe.ReadUnaligned<ulong>(source + 2 * lane + i);
            if (TPass.Streams)
            {
                Sse2.X64.StoreNonTemporal((ulong*)(destination + i), x);
                Sse2.X64.StoreNonTemporal((ulong*)(destination + lane + i), y);
                Sse2.X64.StoreNonTemporal((ulong*)(destination + 2 * lane + i), z);
            }
            else if (TPass.Copies)
            {
                Unsafe.WriteUnaligned(destination + i, x);
                Unsafe.WriteUnaligned(destination + lane + i, y);
                Unsafe.WriteUnaligned(destination + 2 * lane + i, z);
            }

            a = Step(a, x);
            b = Step(b, y);
            c = Step(c, z);
        }

        return Shift(a, shift2) ^ Shift(b, shift1) ^ c;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Tail<TPass>(uint crc, byte* source, byte* destination, int length)
        where TPass : struct, IPass
    {
        Debug.Assert(length < 3 * ShortLane, "blocks come first");
        if (TPass.Copies) Buffer.MemoryCopy(source, destination, length, length);
        for (; length >= sizeof(ulong); length -= sizeof(ulong), source += sizeof(ulong))
            crc = Step(crc, Unsafe.ReadUnaligned<ulong>(source));
        for (; length > 0; length--, source++) crc = Step(crc, *source);
        return crc;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint crc, ulong value) => Sse42.X64.IsSupported
        ? (uint)Sse42.X64.Crc32(crc, value)
        : ArmCrc32.Arm64.ComputeCrc32C(crc, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint crc, byte value) => Sse42.IsSupported
        ? Sse42.Crc32(crc, value)
        : ArmCrc32.ComputeCrc32C(crc, value);

    /// <summary>Moves a lane's CRC over the bytes of the lanes behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Shift(uint crc, uint operand)
    {
        if (!Pclmulqdq.IsSupported || !Sse42.X64.IsSupported) return Crc32CAlgebra.Multiply(crc, operand);
        // The product of two reflected polynomials lies one bit off, and reducing it by the CRC instruction multiplies by
        // x^32: the operand makes up for both, see Crc32CAlgebra.LaneShift.
        var product = Pclmulqdq.CarrylessMultiply(
            Vector128.CreateScalar((ulong)crc), Vector128.CreateScalar((ulong)operand), 0);
        return (uint)Sse42.X64.Crc32(0, product.ToScalar());
    }
}

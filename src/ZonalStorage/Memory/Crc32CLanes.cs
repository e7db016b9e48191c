using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZonalStorage.Memory;

/// <summary>CRC32C by the processor's instruction for it, on three stretches ("lanes") side by side.</summary>
/// <remarks>
/// <para>
/// The instruction takes eight bytes and has a latency of three cycles, but one can begin in every cycle: three lanes keep it
/// busy, at eight bytes a cycle (28 to 30 GiB/s in the cache on a Zen 5). What is left over is not worth a fourth. Joining the
/// lanes takes two multiplications, 15 cycles or so, whatever their length, so a third of what there is, up to
/// <see cref="MaxLane"/>, becomes a lane: 1 KiB already goes at 25 GiB/s.
/// </para>
/// <para>
/// Copies go by 32 bytes at a time beside the CRC's own loads. A word at a time was as fast in the cache, but 12 instead of 18
/// GiB/s into memory outside of it, where stores wait in a queue that has only so many places.
/// </para>
/// </remarks>
internal sealed unsafe class Crc32CLanes<T> : Crc32CMethod
    where T : struct, ICrc32CInstructions
{
    /// <summary>Bytes of a lane at most. Past-the-cache copies: 4 KiB 22.6, 8 KiB 23.9, 16 KiB 24 GiB/s.</summary>
    public const int MaxLane = 8192;

    private const int Lanes = 3;
    private const int CacheLine = 64;
    private const int Word = sizeof(ulong);

    // Less goes word by word: joining lanes would take longer.
    private const int ShortestLanes = 4 * Lanes * Word;

    // Operands (Crc32CAlgebra) that move a CRC over as many words, for all that one or two lanes can be.
    private readonly uint[] _operands = MakeOperands();

    // What differs between checking, copying and copying past the cache is decided when the code is compiled.
    private interface IPass
    {
        static abstract bool Copies { get; }

        static abstract bool Streams { get; }
    }

    /// <inheritdoc/>
    public override uint Run(uint state, byte* source, byte* destination, nint length, bool isStreaming)
    {
        if (destination is null) return Run<Check>(state, source, source, length, _operands);
        if (!isStreaming || length < 2 * CacheLine) return Run<Copy>(state, source, destination, length, _operands);

        // Whole lines go past the cache; a line written in parts would be fetched after all.
        var head = -(nint)destination & (CacheLine - 1);
        state = Run<Copy>(state, source, destination, head, _operands);
        state = Run<Stream>(state, source + head, destination + head, length - head, _operands);
        // Such stores are not ordered with others: whoever is told of the bytes must see them.
        if (Sse.IsSupported) Sse.StoreFence();
        return state;
    }

    // Optimised from the first call on: the first seconds of a transfer would otherwise run code ten times as slow.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Run<TPass>(uint state, byte* source, byte* destination, nint length, uint[] operands)
        where TPass : struct, IPass
    {
        while (length >= Lanes * CacheLine)
        {
            // Whole cache lines, so that lanes written past the cache do not share one.
            var lane = Math.Min(length / (Lanes * CacheLine) * CacheLine, MaxLane);
            state = RunLines<TPass>(state, source, destination, lane, operands);
            source += Lanes * lane;
            destination += Lanes * lane;
            length -= Lanes * lane;
        }

        if (length >= ShortestLanes)
        {
            var lane = length / (Lanes * Word) * Word;
            state = RunWords<TPass>(state, source, destination, lane, operands);
            source += Lanes * lane;
            destination += Lanes * lane;
            length -= Lanes * lane;
        }

        Debug.Assert(length < ShortestLanes, "lanes come first");
        for (; length >= Word; length -= Word, source += Word, destination += Word)
        {
            var word = Unsafe.ReadUnaligned<ulong>(source);
            if (TPass.Copies) Unsafe.WriteUnaligned(destination, word);
            state = (uint)T.Step(state, word);
        }

        for (; length > 0; length--, source++, destination++)
        {
            var value = *source;
            if (TPass.Copies) *destination = value;
            state = T.Step(state, value);
        }

        return state;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint RunLines<TPass>(uint state, byte* source, byte* destination, nint lane, uint[] operands)
        where TPass : struct, IPass
    {
        const int Step = 4 * Word;
        ulong a = state, b = 0, c = 0;
        var toDestination = (nint)(destination - source);
        for (var end = source + lane; source < end; source += Step)
        {
            var second = source + lane;
            var third = source + 2 * lane;
            if (TPass.Copies)
            {
                Put<TPass>(Vector256.Load(source), source + toDestination);
                Put<TPass>(Vector256.Load(second), second + toDestination);
                Put<TPass>(Vector256.Load(third), third + toDestination);
            }

            a = T.Step(a, Unsafe.ReadUnaligned<ulong>(source));
            b = T.Step(b, Unsafe.ReadUnaligned<ulong>(second));
            c = T.Step(c, Unsafe.ReadUnaligned<ulong>(third));
            a = T.Step(a, Unsafe.ReadUnaligned<ulong>(source + Word));
            b = T.Step(b, Unsafe.ReadUnaligned<ulong>(second + Word));
            c = T.Step(c, Unsafe.ReadUnaligned<ulong>(third + Word));
            a = T.Step(a, Unsafe.ReadUnaligned<ulong>(source + 2 * Word));
            b = T.Step(b, Unsafe.ReadUnaligned<ulong>(second + 2 * Word));
            c = T.Step(c, Unsafe.ReadUnaligned<ulong>(third + 2 * Word));
            a = T.Step(a, Unsafe.ReadUnaligned<ulong>(source + 3 * Word));
            b = T.Step(b, Unsafe.ReadUnaligned<ulong>(second + 3 * Word));
            c = T.Step(c, Unsafe.ReadUnaligned<ulong>(third + 3 * Word));
        }

        return Join(a, b, c, lane, operands);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint RunWords<TPass>(uint state, byte* source, byte* destination, nint lane, uint[] operands)
        where TPass : struct, IPass
    {
        ulong a = state, b = 0, c = 0;
        var toDestination = (nint)(destination - source);
        for (var end = source + lane; source < end; source += Word)
        {
            var x = Unsafe.ReadUnaligned<ulong>(source);
            var y = Unsafe.ReadUnaligned<ulong>(source + lane);
            var z = Unsafe.ReadUnaligned<ulong>(source + 2 * lane);
            if (TPass.Copies)
            {
                Unsafe.WriteUnaligned(source + toDestination, x);
                Unsafe.WriteUnaligned(source + toDestination + lane, y);
                Unsafe.WriteUnaligned(source + toDestination + 2 * lane, z);
            }

            a = T.Step(a, x);
            b = T.Step(b, y);
            c = T.Step(c, z);
        }

        return Join(a, b, c, lane, operands);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Join(ulong a, ulong b, ulong c, nint lane, uint[] operands)
    {
        var words = lane / Word;
        return (uint)(T.Step(0, T.Multiply((uint)a, operands[2 * words]))
            ^ T.Step(0, T.Multiply((uint)b, operands[words])) ^ c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TPass>(Vector256<byte> bytes, byte* destination)
        where TPass : struct, IPass
    {
        if (TPass.Streams) bytes.StoreAlignedNonTemporal(destination);
        else bytes.Store(destination);
    }

    private static uint[] MakeOperands()
    {
        var operands = new uint[(2 * MaxLane / Word) + 1];
        var word = Crc32CAlgebra.Operand(Word);
        operands[1] = word;
        for (var i = 2; i < operands.Length; i++) operands[i] = Crc32CAlgebra.Multiply(operands[i - 1], word);
        return operands;
    }

    private readonly struct Check : IPass
    {
        public static bool Copies => false;

        public static bool Streams => false;
    }

    private readonly struct Copy : IPass
    {
        public static bool Copies => true;

        public static bool Streams => false;
    }

    private readonly struct Stream : IPass
    {
        public static bool Copies => true;

        public static bool Streams => true;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace ZonalStorage.Memory;

/// <summary>What a processor must bring along for <see cref="Crc32CLanes{T}"/>.</summary>
internal interface ICrc32CInstructions
{
    /// <summary>Moves a state over eight bytes; the upper half of the state is zero.</summary>
    static abstract ulong Step(ulong state, ulong word);

    /// <summary>Moves a state over a byte.</summary>
    static abstract uint Step(uint state, byte value);

    /// <summary>The product without carries.</summary>
    static abstract ulong Multiply(uint a, uint b);
}

/// <summary>SSE4.2 and PCLMULQDQ, which every x86-64 server processor since 2010 has.</summary>
internal readonly struct X86Crc32CInstructions : ICrc32CInstructions
{
    public static bool IsSupported => Sse42.X64.IsSupported && Pclmulqdq.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Step(ulong state, ulong word) => Sse42.X64.Crc32(state, word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, byte value) => Sse42.Crc32(state, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(uint a, uint b) => Pclmulqdq.CarrylessMultiply(
        Vector128.CreateScalar((ulong)a), Vector128.CreateScalar((ulong)b), 0).ToScalar();
}

/// <summary>The CRC instructions of ARMv8; the multiplication in software where the cryptographic extension is missing.</summary>
internal readonly struct ArmCrc32CInstructions : ICrc32CInstructions
{
    public static bool IsSupported => ArmCrc32.Arm64.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Step(ulong state, ulong word) => ArmCrc32.Arm64.ComputeCrc32C((uint)state, word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, byte value) => ArmCrc32.ComputeCrc32C(state, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(uint a, uint b) => ArmAes.IsSupported
        ? ArmAes.PolynomialMultiplyWideningLower(Vector64.CreateScalar((ulong)a), Vector64.CreateScalar((ulong)b)).ToScalar()
        : Crc32CAlgebra.MultiplyWithoutCarries(a, b);
}

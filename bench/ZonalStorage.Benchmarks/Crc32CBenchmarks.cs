using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using ZonalStorage.Memory;

namespace ZonalStorage.Benchmarks;

/// <summary>Checking and copying of data that is in the cache, but for the largest size.</summary>
public unsafe class Crc32CBenchmarks
{
    // As fragments lie in a receive block: anywhere.
    private const int SourceOffset = 45;

    private byte* _source;
    private byte* _destination;

    [Params(64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 2 << 20, 64 << 20)]
    public int Size { get; set; }

    private ReadOnlySpan<byte> Source => new(_source + SourceOffset, Size);

    private Span<byte> Destination => new(_destination, Size);

    [GlobalSetup]
    public void Allocate()
    {
        _source = (byte*)NativeMemory.AlignedAlloc((nuint)Size + 4096, 4096);
        _destination = (byte*)NativeMemory.AlignedAlloc((nuint)Size + 4096, 4096);
        new Random(1).NextBytes(new Span<byte>(_source, Size + 4096));
        Destination.Clear();
    }

    [GlobalCleanup]
    public void Free()
    {
        NativeMemory.AlignedFree(_source);
        NativeMemory.AlignedFree(_destination);
    }

    [Benchmark(Description = "CRC")]
    public uint Compute() => Crc32C.Compute(Source);

    [Benchmark(Description = "copy")]
    public void Copy() => Source.CopyTo(Destination);

    [Benchmark(Description = "copy, then CRC")]
    public uint CopyThenCompute()
    {
        Source.CopyTo(Destination);
        return Crc32C.Compute(Source);
    }

    [Benchmark(Description = "copy and CRC in one pass")]
    public uint CopyAndCompute() => Crc32C.CopyAndAppend(0, Source, Destination);

    [Benchmark(Description = "one pass, past the cache")]
    public uint StreamAndCompute() => Crc32C.CopyAndAppend(0, Source, Destination, isStreaming: true);
}

using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using ZonalStorage.Memory;

namespace ZonalStorage.Benchmarks;

/// <summary>
/// What a large read does with each chunk: 2 MiB of a receive block that has just been written, to the next place of a
/// destination that is far larger than the cache. Eight chunks an operation; the writing of the block is part of the time, and
/// is measured alone for the difference.
/// </summary>
public unsafe class ReceiveRingBenchmarks
{
    private const int Chunk = 2 << 20;
    private const int Chunks = 8;
    private const int Cold = 256 << 20;
    private const int SourceOffset = 45;

    private byte* _kernel;
    private byte* _ring;
    private byte* _cold;
    private int _position;

    public static IEnumerable<int> Sizes => [Chunk * Chunks];

    [ParamsSource(nameof(Sizes))]
    public int Size { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        _kernel = (byte*)NativeMemory.AlignedAlloc(Chunk, 4096);
        _ring = (byte*)NativeMemory.AlignedAlloc(2 * Chunk + 4096, 4096);
        _cold = (byte*)NativeMemory.AlignedAlloc(Cold, 4096);
        new Random(1).NextBytes(new Span<byte>(_kernel, Chunk));
        new Span<byte>(_cold, Cold).Fill(1);
    }

    [GlobalCleanup]
    public void Free()
    {
        NativeMemory.AlignedFree(_kernel);
        NativeMemory.AlignedFree(_ring);
        NativeMemory.AlignedFree(_cold);
    }

    [Benchmark(Description = "write the block")]
    public void Receive()
    {
        for (var i = 0; i < Chunks; i++) NextChunk(i);
    }

    [Benchmark(Description = "… and CRC")]
    public uint Compute()
    {
        uint crc = 0;
        for (var i = 0; i < Chunks; i++) crc = Crc32C.Append(crc, NextChunk(i));
        return crc;
    }

    [Benchmark(Description = "… and copy")]
    public void Copy()
    {
        for (var i = 0; i < Chunks; i++) NextChunk(i).CopyTo(NextPlace());
    }

    [Benchmark(Description = "… and copy and CRC")]
    public uint CopyAndCompute() => CopyAndCompute(isStreaming: false);

    [Benchmark(Description = "… and the same past the cache")]
    public uint StreamAndCompute() => CopyAndCompute(isStreaming: true);

    private uint CopyAndCompute(bool isStreaming)
    {
        uint crc = 0;
        for (var i = 0; i < Chunks; i++) crc = Crc32C.CopyAndAppend(crc, NextChunk(i), NextPlace(), isStreaming);
        return crc;
    }

    private ReadOnlySpan<byte> NextChunk(int i)
    {
        var chunk = new Span<byte>(_ring + (i % 2 * Chunk) + SourceOffset, Chunk);
        new ReadOnlySpan<byte>(_kernel, Chunk).CopyTo(chunk);
        return chunk;
    }

    private Span<byte> NextPlace()
    {
        _position = (_position + Chunk) % Cold;
        return new Span<byte>(_cold + _position, Chunk);
    }
}

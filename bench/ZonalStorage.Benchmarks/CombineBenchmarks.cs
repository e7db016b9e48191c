using BenchmarkDotNet.Attributes;
using ZonalStorage.Memory;

namespace ZonalStorage.Benchmarks;

/// <summary>Joining the CRCs of chunks to the CRC of an object.</summary>
public class CombineBenchmarks
{
    private uint _crc = 0x1234_5678;

    [Params(2 << 20, 1_999_999, 5L << 40)]
    public long Length { get; set; }

    [Benchmark]
    public uint Combine() => _crc = Crc32C.Combine(_crc, 0x9ABC_DEF0, Length);
}

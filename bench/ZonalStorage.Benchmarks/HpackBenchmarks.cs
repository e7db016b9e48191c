using BenchmarkDotNet.Attributes;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Benchmarks;

/// <summary>Decoding of the header blocks that a stream begins and ends with.</summary>
[MemoryDiagnoser]
public class HpackBenchmarks
{
    // content-type: application/grpc, grpc-encoding: identity, grpc-accept-encoding: identity, deflate, gzip; all Huffman
    // coded as servers do it. Each begins with its representation.
    private const string ContentType = "8B1D75D0620D263D4C4D6564";
    private const string Encoding = "8A9ACAC8B16A21E435537F" + "863485A9264FAF";
    private const string AcceptEncoding = "8E9ACAC8B0C842D6958B510F21AA9B" + "913485A9264FAFA5242CB40D25FA526F66AF";

    // With :status 200 by its index.
    private static readonly byte[] _literal =
        Convert.FromHexString("88" + "0F10" + ContentType + "00" + Encoding + "00" + AcceptEncoding);

    private static readonly byte[] _indexing =
        Convert.FromHexString("88" + "5F" + ContentType + "40" + Encoding + "40" + AcceptEncoding);

    private static readonly byte[] _indexed = Convert.FromHexString("88C0BFBE");

    // grpc-status: 0
    private static readonly byte[] _trailers = Convert.FromHexString("00" + "889ACAC8B21234DA8F" + "0130");

    private readonly HpackDecoder _decoder = new();
    private readonly HpackDecoder _remembers = new();
    private readonly Count _sink = new();

    [GlobalSetup]
    public void Remember() => _remembers.Decode(_indexing, _sink);

    [Benchmark(Description = "response headers, 4 fields, Huffman")]
    public int Literal() => Decode(_decoder, _literal);

    [Benchmark(Description = "the same, into the table")]
    public int Indexing() => Decode(_decoder, _indexing);

    [Benchmark(Description = "the same, from the table")]
    public int Indexed() => Decode(_remembers, _indexed);

    [Benchmark(Description = "trailers, 1 field, Huffman")]
    public int Trailers() => Decode(_decoder, _trailers);

    private int Decode(HpackDecoder decoder, byte[] block)
    {
        _sink.Bytes = 0;
        decoder.Decode(block, _sink);
        return _sink.Bytes;
    }

    private sealed class Count : IHeaderSink
    {
        public int Bytes { get; set; }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Bytes += name.Length + value.Length;
    }
}

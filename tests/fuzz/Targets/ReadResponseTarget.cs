using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>
/// Read responses: the same result whole and cut into pieces, and the same as Google's own parser wherever both accept.
/// The first byte says how the rest is cut.
/// </summary>
internal sealed unsafe class ReadResponseTarget : FuzzTarget
{
    private readonly Fragment[] _fragments = new Fragment[64 << 10];

    public override string Name => "read-response";

    // Google's parser copies, and metadata may have many small fields.
    public override long AllocationPerByte => 512;

    public override int Execute(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        var cut = input[0];
        input = input[1..];
        var whole = Decode(input, pieceLength: int.MaxValue);
        var pieces = Decode(input, 1 + (cut & 31));
        Require(whole.IsRefused == pieces.IsRefused && whole.Hash == pieces.Hash, "cuts change nothing");
        if (!whole.IsRefused && whole.MetadataCount < 2 && TryParse(input) is { } official)
        {
            Require(official.ObjectDataRanges.Count == whole.Chunks.Count, "as many chunks as Google's parser finds");
            for (var i = 0; i < whole.Chunks.Count; i++)
                Require(whole.Chunks[i] == Describe(official.ObjectDataRanges[i]), "chunks as Google's parser reads them");
        }

        return HashCode.Combine(whole.IsRefused, whole.Chunks.Count, whole.MetadataCount, whole.HandleCount, whole.Refusal.Length);
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        var response = new BidiReadObjectResponse
        {
            Metadata = new Object { Bucket = "projects/_/buckets/b", Name = "n", Size = 100, Generation = 7 },
            ReadHandle = new BidiReadHandle { Handle = ByteString.CopyFromUtf8("opaque") },
        };
        response.ObjectDataRanges.Add(Chunk(1, 0, 60, isEnd: false));
        response.ObjectDataRanges.Add(Chunk(2, 1 << 20, 300, isEnd: true));
        yield return ("full", [3, .. response.ToByteArray()]);
        yield return ("empty-chunk", [7, .. new BidiReadObjectResponse { ObjectDataRanges = { new ObjectRangeData { RangeEnd = true } } }.ToByteArray()]);
        yield return ("zero-crc", [0, .. new BidiReadObjectResponse { ObjectDataRanges = { new ObjectRangeData { ChecksummedData = new ChecksummedData { Crc32C = 0 } } } }.ToByteArray()]);
        // An unknown group (field 15) with a varint and a group in it, then an ordinary chunk.
        yield return ("groups", [1, 0x7B, 0x08, 0x96, 0x01, 0x13, 0x14, 0x7C, .. new BidiReadObjectResponse { ObjectDataRanges = { Chunk(5, 9, 20, isEnd: true) } }.ToByteArray()]);
        yield return ("unknown-fields", [2, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7D, 1, 2, 3, 4, 0x7A, 2, 9, 9, 0xF8, 0xFF, 0x07, 1]);
    }

    private static ObjectRangeData Chunk(long id, long offset, int length, bool isEnd)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return new ObjectRangeData
        {
            RangeEnd = isEnd,
            ReadRange = new ReadRange { ReadId = id, ReadOffset = offset, ReadLength = length },
            ChecksummedData = new ChecksummedData { Content = ByteString.CopyFrom(content), Crc32C = Crc32C.Compute(content) },
        };
    }

    private static BidiReadObjectResponse? TryParse(ReadOnlySpan<byte> input)
    {
        try
        {
            return BidiReadObjectResponse.Parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static ChunkFacts Describe(ObjectRangeData data) => new(
        data.ReadRange?.ReadId ?? 0, data.ReadRange?.ReadOffset ?? 0, data.RangeEnd,
        data.ChecksummedData is { HasCrc32C: true } s ? s.Crc32C : null,
        Crc32C.Compute(data.ChecksummedData is null ? default : data.ChecksummedData.Content.Span));

    private Facts Decode(ReadOnlySpan<byte> input, int pieceLength)
    {
        var facts = new Facts();
        fixed (byte* start = input)
        {
            var count = 0;
            for (var at = 0; at < input.Length; at += pieceLength)
            {
                var length = Math.Min(pieceLength, input.Length - at);
                _fragments[count++] = new Fragment(start + at, length);
                if (length < pieceLength) break;
            }

            try
            {
                ReadResponseDecoder.Decode(new GrpcMessage(_fragments.AsSpan(0, count), input.Length), facts);
            }
            catch (WireFormatException e)
            {
                facts.Refusal = e.Message;
            }
        }

        return facts;
    }

    private readonly record struct ChunkFacts(long Id, long Offset, bool IsEnd, uint? Crc, uint ContentCrc);

    private sealed class Facts : IReadResponseSink
    {
        private HashCode _hash;

        public List<ChunkFacts> Chunks { get; } = [];

        public int MetadataCount { get; private set; }

        public int HandleCount { get; private set; }

        public string Refusal { get; set; } = "";

        public bool IsRefused => Refusal.Length > 0;

        public int Hash => _hash.ToHashCode();

        public void OnMetadata(byte[] metadata)
        {
            MetadataCount++;
            _hash.AddBytes(metadata);
            try
            {
                _hash.Add(Object.Parser.ParseFrom(metadata).ToInfo().Created);
            }
            catch (InvalidProtocolBufferException)
            {
                // The stream would be given up.
            }
        }

        public void OnReadHandle(byte[] handle)
        {
            HandleCount++;
            _hash.AddBytes(handle);
        }

        public void OnChunk(in ReadChunk chunk, in GrpcMessage message)
        {
            uint crc = 0;
            foreach (var fragment in chunk.Content) crc = Crc32C.Append(crc, fragment.Span);
            var facts = new ChunkFacts(chunk.ReadId, chunk.Offset, chunk.IsRangeEnd, chunk.Crc32C, crc);
            Chunks.Add(facts);
            _hash.Add(facts);
        }
    }
}

using ZonalStorage.Memory;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Protocol;

/// <summary>One <c>ObjectRangeData</c>: a chunk of one range.</summary>
internal readonly ref struct ReadChunk
{
    /// <summary>The range, by the number that we gave it.</summary>
    public long ReadId { get; init; }

    /// <summary>First byte of the chunk in the object, absolute.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of the chunk as its label says; 0 where it says nothing.</summary>
    public long Length { get; init; }

    /// <summary>The bytes; unchecked.</summary>
    public FragmentSequence Content { get; init; }

    /// <summary>CRC32C of the bytes as the server says; null if it says none, which differs from 0.</summary>
    public uint? Crc32C { get; init; }

    /// <summary>True on the last chunk of the range.</summary>
    public bool IsRangeEnd { get; init; }
}

/// <summary>Takes what a <c>BidiReadObjectResponse</c> holds.</summary>
internal interface IReadResponseSink
{
    /// <summary>The object's metadata, serialised; in a stream's first response, or never.</summary>
    void OnMetadata(byte[] metadata);

    /// <summary>A handle that makes opening the next stream cheaper; the newest counts.</summary>
    void OnReadHandle(byte[] handle);

    /// <summary>A chunk; its content is valid during the call.</summary>
    void OnChunk(in ReadChunk chunk, in GrpcMessage message);
}

/// <summary>
/// Decodes <c>google.storage.v2.BidiReadObjectResponse</c> in place: the content stays where it was received until its
/// owner copies it.
/// </summary>
/// <remarks>
/// Fields (storage.proto): 4 metadata, 6 object_data_ranges, 7 read_handle. In an ObjectRangeData: 1 checksummed_data
/// (1 content, 2 crc32c as fixed32 with presence), 2 read_range (1 read_offset, 2 read_length, 3 read_id), 3 range_end. The
/// content comes before the read_range that says whose it is, so a chunk is handed out when its message has ended. Order is
/// not relied on, unknown fields are skipped, a field that occurs twice counts by its last occurrence.
/// </remarks>
internal static class ReadResponseDecoder
{
    private const uint MetadataTag = (4 << 3) | WireType.Delimited;
    private const uint ObjectDataRangesTag = (6 << 3) | WireType.Delimited;
    private const uint ReadHandleTag = (7 << 3) | WireType.Delimited;
    private const uint ChecksummedDataTag = (1 << 3) | WireType.Delimited;
    private const uint ReadRangeTag = (2 << 3) | WireType.Delimited;
    private const uint RangeEndTag = (3 << 3) | WireType.Varint;
    private const uint ContentTag = (1 << 3) | WireType.Delimited;
    private const uint Crc32CTag = (2 << 3) | WireType.Fixed32;
    private const uint ReadOffsetTag = (1 << 3) | WireType.Varint;
    private const uint ReadLengthTag = (2 << 3) | WireType.Varint;
    private const uint ReadIdTag = (3 << 3) | WireType.Varint;
    private const uint HandleTag = (1 << 3) | WireType.Delimited;

    /// <summary>Decodes a message into <paramref name="sink"/>: metadata and handle first, wherever they stand, then chunks.</summary>
    /// <exception cref="WireFormatException">It is no such message; what came before the fault was handed out.</exception>
    public static void Decode(in GrpcMessage message, IReadResponseSink sink)
    {
        DecodeOpening(message, sink);
        DecodeChunks(message, sink);
    }

    // Whose the chunks are is known before the first of them is looked at: a message may hold both, in any order.
    private static void DecodeOpening(in GrpcMessage message, IReadResponseSink sink)
    {
        var cursor = new FragmentCursor(message.Fragments);
        while (cursor.Position < message.Length)
        {
            var tag = cursor.ReadTag();
            switch (tag)
            {
                case MetadataTag:
                    sink.OnMetadata(cursor.ReadBytes(cursor.ReadLength(message.Length)));
                    break;
                case ReadHandleTag:
                    sink.OnReadHandle(ReadHandle(ref cursor, cursor.ReadLength(message.Length)));
                    break;
                default:
                    cursor.SkipField(tag, message.Length);
                    break;
            }
        }
    }

    private static void DecodeChunks(in GrpcMessage message, IReadResponseSink sink)
    {
        var cursor = new FragmentCursor(message.Fragments);
        while (cursor.Position < message.Length)
        {
            var tag = cursor.ReadTag();
            if (tag == ObjectDataRangesTag) sink.OnChunk(ReadChunk(ref cursor, cursor.ReadLength(message.Length)), message);
            else cursor.SkipField(tag, message.Length);
        }
    }

    private static ReadChunk ReadChunk(ref FragmentCursor cursor, int length)
    {
        var end = cursor.Position + length;
        FragmentSequence content = default;
        uint? crc = null;
        long offset = 0;
        long labelled = 0;
        long id = 0;
        var isEnd = false;
        while (cursor.Position < end)
        {
            var tag = cursor.ReadTag();
            switch (tag)
            {
                case ChecksummedDataTag:
                    ReadChecksummedData(ref cursor, cursor.ReadLength(end), ref content, ref crc);
                    break;
                case ReadRangeTag:
                    ReadRange(ref cursor, cursor.ReadLength(end), ref offset, ref labelled, ref id);
                    break;
                case RangeEndTag:
                    isEnd = cursor.ReadVarint() != 0;
                    break;
                default:
                    cursor.SkipField(tag, end);
                    break;
            }
        }

        CheckEnd(cursor, end);
        return new ReadChunk
        {
            ReadId = id, Offset = offset, Length = labelled, Content = content, Crc32C = crc, IsRangeEnd = isEnd,
        };
    }

    private static void ReadChecksummedData(
        ref FragmentCursor cursor, int length, scoped ref FragmentSequence content, scoped ref uint? crc)
    {
        var end = cursor.Position + length;
        while (cursor.Position < end)
        {
            var tag = cursor.ReadTag();
            switch (tag)
            {
                case ContentTag:
                    content = cursor.ReadSlice(cursor.ReadLength(end));
                    break;
                case Crc32CTag:
                    crc = cursor.ReadFixed32();
                    break;
                default:
                    cursor.SkipField(tag, end);
                    break;
            }
        }

        CheckEnd(cursor, end);
    }

    private static void ReadRange(ref FragmentCursor cursor, int length, ref long offset, ref long labelled, ref long id)
    {
        var end = cursor.Position + length;
        while (cursor.Position < end)
        {
            var tag = cursor.ReadTag();
            switch (tag)
            {
                case ReadOffsetTag:
                    offset = (long)cursor.ReadVarint();
                    break;
                case ReadLengthTag:
                    labelled = (long)cursor.ReadVarint();
                    break;
                case ReadIdTag:
                    id = (long)cursor.ReadVarint();
                    break;
                default:
                    cursor.SkipField(tag, end);
                    break;
            }
        }

        CheckEnd(cursor, end);
    }

    private static byte[] ReadHandle(ref FragmentCursor cursor, int length)
    {
        var end = cursor.Position + length;
        byte[] handle = [];
        while (cursor.Position < end)
        {
            var tag = cursor.ReadTag();
            if (tag == HandleTag) handle = cursor.ReadBytes(cursor.ReadLength(end));
            else cursor.SkipField(tag, end);
        }

        CheckEnd(cursor, end);
        return handle;
    }

    private static void CheckEnd(in FragmentCursor cursor, int end)
    {
        if (cursor.Position != end) throw new WireFormatException("a field reaches beyond its message.");
    }
}

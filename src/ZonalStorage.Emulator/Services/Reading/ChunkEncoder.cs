using System.Buffers.Binary;
using System.Numerics;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>
/// Writes BidiReadObjectResponse messages of one chunk straight into the response pipe: the object's bytes are read
/// into the pipe's own memory and summed there, so no message is ever built.
/// </summary>
internal sealed class ChunkEncoder(MessageWriter writer, IContentReader content)
{
    // Kestrel sends only what was flushed. Pieces of 64 KiB cost it a fifth more CPU; above 1 MiB nothing is gained.
    private const int Piece = 1 << 20;

    private const int MaxOverhead = 96;

    public async ValueTask WriteAsync(OutgoingChunk chunk, CancellationToken cancellation)
    {
        var layout = new Layout(chunk);
        layout.WriteHead(writer, chunk);
        var crc = content.KnownCrc32C(chunk.Offset, chunk.Length);
        var running = 0u;
        var piece = Math.Min(Piece, writer.PacedPiece);
        for (var done = 0; done < chunk.Length;)
        {
            var n = Math.Min(piece, chunk.Length - done);
            CopyPiece(chunk, done, n, crc is null, ref running);
            done += n;
            if (done == chunk.Length) break;
            await writer.FlushAsync(cancellation);
            await writer.PaceAsync(n, cancellation);
        }

        layout.WriteTail(writer, chunk, (crc ?? running) ^ chunk.ChecksumError);
        await writer.FlushAsync(cancellation);
        await writer.PaceAsync(Math.Min(chunk.Length, piece), cancellation);
    }

    private void CopyPiece(OutgoingChunk chunk, int at, int length, bool sum, ref uint running)
    {
        while (length > 0)
        {
            var span = writer.Pipe.GetSpan(Math.Min(content.PreferredRead, length));
            if (span.Length > length) span = span[..length];
            content.Read(chunk.Offset + at, span);
            if (sum) running = Crc32C.Append(running, span);
            var damage = chunk.DamagedByte - at;
            if (damage >= 0 && damage < span.Length) span[damage] ^= 0x5A;
            writer.Pipe.Advance(span.Length);
            at += span.Length;
            length -= span.Length;
        }
    }

    /// <summary>The sizes of the nested messages around a chunk, needed before its first byte.</summary>
    private readonly struct Layout
    {
        private const byte ObjectDataRangesTag = (6 << 3) | 2;
        private const byte ChecksummedDataTag = (1 << 3) | 2;
        private const byte ContentTag = (1 << 3) | 2;
        private const byte Crc32CTag = (2 << 3) | 5;
        private const byte ReadRangeTag = (2 << 3) | 2;
        private const byte ReadOffsetTag = 1 << 3;
        private const byte ReadLengthTag = 2 << 3;
        private const byte ReadIdTag = 3 << 3;
        private const byte RangeEndTag = 3 << 3;

        private readonly long _claimed;
        private readonly int _data;
        private readonly int _range;
        private readonly int _whole;

        public Layout(OutgoingChunk chunk)
        {
            _claimed = chunk.Offset + chunk.ClaimShift;
            _data = (chunk.Length > 0 ? 1 + VarintSize((ulong)chunk.Length) + chunk.Length : 0)
                + (chunk.SendChecksum ? 5 : 0);
            _range = FieldSize(_claimed) + FieldSize(chunk.Length) + FieldSize(chunk.ReadId);
            _whole = 1 + VarintSize((ulong)_data) + _data + 1 + VarintSize((ulong)_range) + _range
                + (chunk.RangeEnd ? 2 : 0);
        }

        public void WriteHead(MessageWriter writer, OutgoingChunk chunk)
        {
            var span = writer.Pipe.GetSpan(MaxOverhead);
            MessageWriter.WritePrefix(span, 1 + VarintSize((ulong)_whole) + _whole);
            var at = MessageWriter.PrefixLength;
            span[at++] = ObjectDataRangesTag;
            at += PutVarint(span[at..], (ulong)_whole);
            span[at++] = ChecksummedDataTag;
            at += PutVarint(span[at..], (ulong)_data);
            if (chunk.Length > 0)
            {
                span[at++] = ContentTag;
                at += PutVarint(span[at..], (ulong)chunk.Length);
            }

            writer.Pipe.Advance(at);
        }

        public void WriteTail(MessageWriter writer, OutgoingChunk chunk, uint crc)
        {
            var span = writer.Pipe.GetSpan(MaxOverhead);
            var at = 0;
            if (chunk.SendChecksum)
            {
                span[at++] = Crc32CTag;
                BinaryPrimitives.WriteUInt32LittleEndian(span[at..], crc);
                at += 4;
            }

            span[at++] = ReadRangeTag;
            at += PutVarint(span[at..], (ulong)_range);
            at += PutField(span[at..], ReadOffsetTag, _claimed);
            at += PutField(span[at..], ReadLengthTag, chunk.Length);
            at += PutField(span[at..], ReadIdTag, chunk.ReadId);
            if (chunk.RangeEnd)
            {
                span[at++] = RangeEndTag;
                span[at++] = 1;
            }

            writer.Pipe.Advance(at);
        }

        private static int FieldSize(long value) => value == 0 ? 0 : 1 + VarintSize((ulong)value);

        private static int VarintSize(ulong value) => 1 + (BitOperations.Log2(value | 1) / 7);

        private static int PutField(Span<byte> span, byte tag, long value)
        {
            if (value == 0) return 0;
            span[0] = tag;
            return 1 + PutVarint(span[1..], (ulong)value);
        }

        private static int PutVarint(Span<byte> span, ulong value)
        {
            var at = 0;
            for (; value >= 0x80; value >>= 7) span[at++] = (byte)(value | 0x80);
            span[at++] = (byte)value;
            return at;
        }
    }
}

using System.Text;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>Header blocks of one connection, each behind a length of two bytes: decoded within the limit, or refused.</summary>
internal sealed class HpackTarget : FuzzTarget, IHeaderSink
{
    private const int MaximumList = 16 << 10;

    private int _total;
    private HashCode _hash;

    public override string Name => "hpack";

    // The table of 4096 bytes, and the scratch buffers.
    public override long AllocationBase => 128 << 10;

    public override int Execute(ReadOnlySpan<byte> input)
    {
        var decoder = new HpackDecoder(MaximumList);
        _hash = default;
        while (input.Length >= 2)
        {
            var length = Math.Min((input[0] << 8) | input[1], input.Length - 2);
            _total = 0;
            try
            {
                decoder.Decode(input.Slice(2, length), this);
            }
            catch (HpackException e)
            {
                _hash.Add(e.Message.Length);
                break;
            }

            input = input[(2 + length)..];
        }

        return _hash.ToHashCode();
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _total += name.Length + value.Length + 32;
        Require(_total <= MaximumList, "no list is larger than its limit");
        _hash.Add(Math.Min(name.Length, 16));
        _hash.Add(Math.Min(value.Length, 16));
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        // RFC 7541: C.3 and C.4 (requests), C.5 and C.6 (answers), each as one connection.
        yield return ("rfc-requests", Blocks("828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"));
        yield return ("rfc-requests-huffman", Blocks("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"));
        yield return ("rfc-answers", Blocks(
            "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
            "4803333037c1c0bf"));
        yield return ("rfc-answers-huffman", Blocks(
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
            "4883640effc1c0bf"));
        yield return ("table-sizes", Blocks("3fe11f", "20", "2082", "3f9d0f828684"));
        yield return ("literals", Blocks(
            Convert.ToHexString([0x00, 0x0B, .. Encoding.ASCII.GetBytes("grpc-status"), 0x02, .. Encoding.ASCII.GetBytes("13"), 0x10, 0x01, (byte)'a', 0x01, (byte)'b']),
            "0f0100", "8a"));
    }

    private static byte[] Blocks(params string[] blocks) =>
    [
        .. blocks.SelectMany(static b =>
        {
            var bytes = Convert.FromHexString(b);
            return (byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
        }),
    ];
}

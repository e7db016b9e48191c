using Xunit;
using ZonalStorage.Transport.Hpack;
using ZonalStorage.Transport.Http2;

namespace ZonalStorage.Tests.Transport;

/// <summary>RFC 7541 §4.2: after a smaller limit the next header block begins with a table size update.</summary>
public sealed class HeaderTableSizeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0u, true)]
    [InlineData(4095u, true)]
    [InlineData(4096u, false)]
    [InlineData(65536u, false)]
    public async Task A_lowered_limit_is_answered_at_the_start_of_the_next_block_only(uint limit, bool isUpdated)
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        Assert.Equal([0x88], await OpenAsync(peer));
        await peer.Wire.SendSettingsAsync(Stop, (SettingId.HeaderTableSize, limit));
        await peer.Wire.SynchronizeAsync(Stop);
        var block = await OpenAsync(peer);
        byte[] expected = isUpdated ? [0x20, 0x88] : [0x88];
        Assert.Equal(expected, block);
        new HpackDecoder(1000).Decode(block, new RecordingStream());
        Assert.Equal([0x88], await OpenAsync(peer));
    }

    [Fact]
    public async Task A_limit_that_fell_and_rose_is_answered_too()
    {
        await using var peer = await Http2Peer.ConnectAsync(Stop);
        await peer.Wire.SendSettingsAsync(Stop, (SettingId.HeaderTableSize, 100), (SettingId.HeaderTableSize, 8192));
        await peer.Wire.SynchronizeAsync(Stop);
        Assert.Equal([0x20, 0x88], await OpenAsync(peer));
    }

    private static async Task<byte[]> OpenAsync(Http2Peer peer)
    {
        Assert.True(peer.Connection.TryOpen(new RecordingStream(), [0x88]));
        peer.Connection.Flush();
        return (await peer.Wire.ReadUntilAsync(static f => f.Type == FrameType.Headers, Stop)).Payload;
    }
}

using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Engine;

/// <summary>Whole objects and slices, from a server whose HTTP/2, gRPC and schema none of us wrote.</summary>
public sealed class WholeObjectTests(PeerServers servers)
{
    private const long Chunk = 2 << 20;

    [Theory(Timeout = Content.Patience)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(17, false)]
    [InlineData(Chunk - 1, false)]
    [InlineData(Chunk, false)]
    [InlineData(Chunk + 1, false)]
    [InlineData((33 * Chunk) + 12345, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData((9 * Chunk) + 12345, true)]
    public async Task Every_byte_arrives(long size, bool tls)
    {
        var server = await (tls ? servers.TlsAsync : servers.PlainAsync);
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{size}");
        Content.IsRight(0, size, await session.ReadAsync(uri));
        await server.CleanJournalAsync(uri);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Slices_follow_Python()
    {
        const int size = 100_000;
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{size}");
        foreach (var range in new ByteRange[]
        {
            new(-5), new(-5, 3), new(-size), new(-size - 1), new(-999_999, 10), new(0, 0), new(0, 1), new(size - 1),
            new(size - 1, 100), new(size), new(size, 10), new(50_000, 0), new(50_000, 20_000), new(0, size + 1),
        })
        {
            var (offset, length) = range.Resolve(size);
            Content.IsRight(offset, length, await session.ReadAsync(uri, range));
        }

        await server.CleanJournalAsync(uri);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_slice_after_the_end_is_an_error_of_its_own()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var error = await Assert.ThrowsAsync<ZonalException>(
            () => session.ReadAsync(PeerServer.Synthetic("1000"), new ByteRange(1001)));
        Assert.Equal("RangeOutOfBounds", error.ErrorId);
        Assert.Equal(ZonalStatusCode.OutOfRange, error.Code);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_callers_buffer_is_filled_from_anywhere()
    {
        const int size = 20_000_003;
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{size}");
        await using var reader = await session.OpenAsync(uri);
        Assert.Equal(size, reader.Size);
        Assert.Equal(1700000000000001, reader.Uri.Generation);
        var buffer = new byte[size + 10];
        Assert.Equal(size, await reader.ReadAsync(0, buffer));
        Content.IsRight(0, size, buffer.AsSpan(0, size));
        Assert.Equal(new byte[10], buffer[size..]);
        Assert.Equal(3, await reader.ReadAsync(size - 3, buffer));
        Content.IsRight(size - 3, 3, buffer.AsSpan(0, 3));
        Assert.Equal(0, await reader.ReadAsync(size, buffer));
        Assert.Equal(7_000_000, await reader.ReadAsync(1_234_567, buffer.AsMemory(11, 7_000_000)));
        Content.IsRight(1_234_567, 7_000_000, buffer.AsSpan(11, 7_000_000));
        var journal = await server.CleanJournalAsync(uri);
        Assert.All(journal.Ranges, range => Assert.NotEqual(0, range.Length));
    }

    [Theory(Timeout = Content.Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_holds_the_object_and_nothing_is_left_beside_it(bool tls)
    {
        const int size = 30_000_001;
        var server = await (tls ? servers.TlsAsync : servers.PlainAsync);
        await using var session = ZonalSession.Create(server.Options);
        var folder = Directory.CreateTempSubdirectory("zonal-conformance-");
        try
        {
            var path = Path.Combine(folder.FullName, "object.bin");
            var result = await session.DownloadAsync(PeerServer.Synthetic($"{size}"), path);
            Assert.Equal(size, result.Bytes);
            Content.IsRight(0, size, await File.ReadAllBytesAsync(path));
            Assert.Equal([path], Directory.GetFileSystemEntries(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Many_readers_share_a_session()
    {
        const int size = 3_000_001;
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uris = Enumerable.Range(0, 12).Select(_ => PeerServer.Synthetic($"{size}")).ToList();
        var reads = Enumerable.Range(0, 48).Select(i => session.ReadAsync(uris[i % uris.Count]));
        foreach (var bytes in await Task.WhenAll(reads)) Content.IsRight(0, size, bytes);
        foreach (var uri in uris) await server.CleanJournalAsync(uri);
    }
}

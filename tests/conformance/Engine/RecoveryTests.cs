using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Engine;

/// <summary>How a broken read goes on: by what the server was asked for, not only by what came out.</summary>
public sealed class RecoveryTests(PeerServers servers)
{
    private const int Size = 12 << 20;

    // One stream, so that the journal tells one story.
    private static ZonalSessionOptions OneStream(PeerServer server) =>
        server.Options with { StreamsPerObject = 1, Concurrency = 1 };

    [Fact(Timeout = Content.Patience)]
    public async Task A_broken_read_goes_on_from_the_byte_it_reached()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "break=UNAVAILABLE@5m*1");
        await using var reader = await session.OpenAsync(uri);
        var buffer = new byte[Size];
        Assert.Equal(Size, await reader.ReadAsync(0, buffer));
        Content.IsRight(0, Size, buffer);
        var journal = await server.CleanJournalAsync(uri);
        Assert.Equal(2, journal.Streams.Count);
        Assert.Equal(reader.Uri.Generation, journal.Streams[1].Generation);
        Assert.Equal("handle-1", journal.Streams[1].Handle);
        Assert.All(journal.Streams[1].Ranges, range => Assert.InRange(range.Offset, 5 << 20, Size));
        Assert.Equal(7 << 20, journal.Streams[1].Ranges.Sum(range => range.Length));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task The_newest_handle_opens_the_next_stream()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "new-handles,break=UNAVAILABLE@8m*1");
        Content.IsRight(0, Size, await session.ReadAsync(uri));
        var journal = await server.CleanJournalAsync(uri);
        Assert.StartsWith("at-", journal.Streams[1].Handle, StringComparison.Ordinal);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_redirect_puts_its_token_into_spec_and_header_and_keeps_the_handle_it_had()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "redirect=token@3m*1");
        Content.IsRight(0, Size, await session.ReadAsync(uri));
        var journal = await server.CleanJournalAsync(uri);
        var second = journal.Streams[1];
        Assert.Equal("route-7", second.Token);
        Assert.Equal("route-7", second.Params["routing_token"]);
        Assert.Equal("handle-1", second.Handle);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_redirect_may_bring_a_handle()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "redirect=handle@3m*1");
        Content.IsRight(0, Size, await session.ReadAsync(uri));
        Assert.Equal("redirect-handle", (await server.CleanJournalAsync(uri)).Streams[1].Handle);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_redirected_open_is_followed_at_once()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        await session.ConnectAsync();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Content.IsRight(0, 1000, await session.ReadAsync(PeerServer.Synthetic("1000", "redirect=token*3")));
        // A backoff would take at least tens of milliseconds three times over; the bound allows for a busy machine.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Healthy_ranges_served_before_a_range_error_are_not_asked_for_again()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "late-range-error=DATA_LOSS@7m");
        var ranges = Enumerable.Range(0, 12).Select(i => new ByteRange(i << 20, 1 << 20)).ToList();
        var errors = 0;
        await foreach (var result in session.ReadRangesAsync(uri, ranges)) errors += result.Error is null ? 0 : 1;
        Assert.Equal(1, errors);
        var journal = await server.CleanJournalAsync(uri);
        Assert.All(ranges, range => Assert.Single(journal.Ranges, asked => asked.Offset == range.Offset));
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_damaged_chunk_alone_is_asked_for_again()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic($"{Size}", "wrong=crc@5m*1");
        await using var reader = await session.OpenAsync(uri);
        var buffer = new byte[Size];
        Assert.Equal(Size, await reader.ReadAsync(0, buffer));
        Content.IsRight(0, Size, buffer);
        var journal = await server.CleanJournalAsync(uri);
        var again = journal.Ranges.Last();
        Assert.InRange(again.Offset, 4 << 20, 5 << 20);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task A_small_object_takes_one_stream_and_one_message()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic("5000");
        Content.IsRight(0, 5000, await session.ReadAsync(uri));
        var journal = await server.CleanJournalAsync(uri);
        Assert.Single(Assert.Single(journal.Streams).Messages);
        Assert.Equal(0, journal.Calls);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Streams_are_reused_by_the_next_reader()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OneStream(server));
        var uri = PeerServer.Synthetic("50000").WithGeneration(1700000000000001);
        for (var i = 0; i < 5; i++) Content.IsRight(0, 50_000, await session.ReadAsync(uri));
        Assert.Single((await server.CleanJournalAsync(uri)).Streams);
    }
}

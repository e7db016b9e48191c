using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance.Engine;

/// <summary>
/// Servers that do what the protocol allows but few servers do, and servers that fail in ways that can be mended: every
/// byte arrives all the same, and nothing is asked for against the rules.
/// </summary>
public sealed class OddServerTests(PeerServers servers)
{
    private const int Size = (6 << 20) + 4321;

    /// <summary>Scripts of peer/server/behaviours.mjs; sizes are chosen so that each strikes in the middle.</summary>
    public static TheoryData<string> Scripts =>
    [
        // Legal.
        "chunk=777", "chunk=64k,interleave", "pack", "double-end", "separate-end", "empty", "unknown", "new-handles",
        "no-crc", "reversed", "unknown-fields", "reversed,chunk=100k,interleave",
        "double-end,empty,unknown,chunk=50k,interleave,new-handles",
        // Refused opens.
        "fail=UNAVAILABLE*2", "fail=INTERNAL*1", "fail=RESOURCE_EXHAUSTED*1", "fail=DEADLINE_EXCEEDED*1",
        "fail=CANCELLED*1",
        // Streams that end in the middle.
        "break=UNAVAILABLE@1m*3", "break=INTERNAL@1500001*2", "break=RESOURCE_EXHAUSTED@1*1",
        "break=DEADLINE_EXCEEDED@3m*1", "break=CANCELLED@100k*2", "break=OK@0*1", "break=OK@1m*2",
        "break=RESET@1500000*2", "break=REFUSED@0*2", "break=DROP@1m*2",
        "break=UNAVAILABLE@1m*2,handle-without-metadata",
        "break=UNAVAILABLE@1m*2,interleave,chunk=100k", "new-handles,break=UNAVAILABLE@700001*4",
        // Redirects.
        "redirect=token*1", "redirect=token*3", "redirect=handle*1", "redirect=unpadded*2", "redirect=token@1m*1",
        "redirect=handle@1m*2", "redirect=handle@1m*2,handle-without-metadata", "redirect=token@2m*1,break=DROP@1m*1",
        // Wrong content that a second try gets right.
        "wrong=crc@0*1", "wrong=crc@1m*2", "wrong=byte@3m*1", "wrong=twice@1m*1", "wrong=overlap@5m*1",
        "wrong=gap@1m*1", "wrong=short@1m*1", "wrong=long@1m*1",
        "wrong=crc@1m*1,break=UNAVAILABLE@2m*1,redirect=token@3m*1",
    ];

    [Theory(Timeout = Content.Patience)]
    [MemberData(nameof(Scripts))]
    public async Task Whole_object(string script)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OptionsFor(server, script));
        var uri = PeerServer.Synthetic($"{Size}", script);
        Content.IsRight(0, Size, await session.ReadAsync(uri));
        await CheckJournalAsync(server, uri);
    }

    [Theory(Timeout = Content.Patience)]
    [MemberData(nameof(Scripts))]
    public async Task Ranges(string script)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OptionsFor(server, script));
        var uri = PeerServer.Synthetic($"{Size}", script);
        var random = new Random(script.Length);
        var ranges = Enumerable.Range(0, 120)
            .Select(_ => new ByteRange(random.Next(Size), random.Next(60_000)))
            .Append(new ByteRange(-70_000, 50_000))
            .ToList();
        await foreach (var result in session.ReadRangesAsync(uri, ranges)) Content.IsRight(Size, result);
        await CheckJournalAsync(server, uri);
    }

    [Theory(Timeout = Content.Patience)]
    [MemberData(nameof(Scripts))]
    public async Task Small_reads_of_an_open_object(string script)
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(OptionsFor(server, script));
        var uri = PeerServer.Synthetic($"{Size}", script);
        await using var reader = await session.OpenAsync(uri);
        var buffer = new byte[300_000];
        for (var offset = 0L; offset < Size; offset += buffer.Length)
        {
            var count = await reader.ReadAsync(offset, buffer);
            Content.IsRight(offset, Math.Min(buffer.Length, Size - offset), buffer.AsSpan(0, count));
        }

        await CheckJournalAsync(server, uri);
    }

    [Fact(Timeout = Content.Patience)]
    public async Task Content_without_checksums_is_refused_unless_it_is_allowed()
    {
        var server = await servers.PlainAsync;
        await using var session = ZonalSession.Create(server.Options);
        var uri = PeerServer.Synthetic($"{Size}", "no-crc");
        var error = await Assert.ThrowsAsync<ZonalException>(() => session.ReadAsync(uri));
        Assert.Equal("ChecksumMissing", error.ErrorId);
        Assert.Equal(0, session.BytesRead);
    }

    // Legal, and right only for who has said that he takes unchecked content.
    private static ZonalSessionOptions OptionsFor(PeerServer server, string script) =>
        server.Options with { AllowMissingChecksums = script == "no-crc" };

    private static async Task CheckJournalAsync(PeerServer server, ZonalUri uri)
    {
        var journal = await server.CleanJournalAsync(uri);
        Assert.All(journal.Streams, stream => Assert.All(stream.Messages, m => Assert.InRange(m.Count, 0, 100)));
    }
}

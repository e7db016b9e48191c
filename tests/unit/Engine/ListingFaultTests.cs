using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Xunit;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.Tests.Transport;

namespace ZonalStorage.Tests.Engine;

/// <summary>Listings whose pages or entries cannot be.</summary>
public sealed class ListingFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_that_cannot_be_are_left_out_and_told_at_the_end()
    {
        var negative = MetadataRetryTests.Made("negative");
        negative.Size = -1;
        var foreign = MetadataRetryTests.Made("foreign");
        foreign.Bucket = "projects/_/buckets/another";
        var first = new ListObjectsResponse
        {
            Objects =
            {
                MetadataRetryTests.Made("good1"), negative, foreign, MetadataRetryTests.Made(""),
                MetadataRetryTests.Made("two\nlines"), MetadataRetryTests.Made(new string('x', 1025)),
            },
            Prefixes = { "folder/", "" },
            NextPageToken = "more",
        };
        // An entry whose name is no UTF-8, made by hand: the text of a name of the same length is replaced.
        var spoiled = new ListObjectsResponse { Objects = { MetadataRetryTests.Made("SPOILED"), MetadataRetryTests.Made("good2") } }
            .ToByteArray();
        spoiled[spoiled.AsSpan().IndexOf("SPOILED"u8)] = 0xFF;
        var pages = new Queue<byte[]>([first.ToByteArray(), spoiled]);
        await using var server = new RawServer(async (c, _) =>
        {
            await c.SendAsync(pages.Dequeue());
            await c.EndAsync();
        });
        await using var session = server.Open();
        var found = new List<string>();
        var error = await Assert.ThrowsAsync<ZonalException>(async () =>
        {
            await foreach (var info in session.ListObjectsAsync("zonal-bucket", cancellationToken: Stop)) found.Add(info.Name);
        });
        Assert.Equal(["folder/", "good1", "good2"], found);
        Assert.Equal((ZonalErrorIds.WrongObject, "gs://zonal-bucket"), (error.ErrorId, error.Target));
        Assert.Contains("without 7 of its entries", error.Message, StringComparison.Ordinal);
        Assert.Contains("gs://zonal-bucket/negative", error.Message, StringComparison.Ordinal);
        Assert.Contains("another", error.Message, StringComparison.Ordinal);
        Assert.Contains("And 2 more.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_name_that_is_no_utf_8_is_not_taken_for_the_one_that_it_is_shown_as()
    {
        var page = new ListObjectsResponse { Objects = { MetadataRetryTests.Made("SPOILED") } }.ToByteArray();
        page[page.AsSpan().IndexOf("SPOILED"u8)] = 0xFF;
        var error = await FailAsync(page);
        Assert.Contains("the name '\uFFFDPOILED', which is no UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_may_hold_the_sign_that_stands_for_what_is_no_utf_8()
    {
        await using var server = new RawServer(
            static (c, _) => c.AnswerAsync(new ListObjectsResponse { Objects = { MetadataRetryTests.Made("a\uFFFDb") } }));
        await using var session = server.Open();
        Assert.Equal("a\uFFFDb", Assert.Single(await MetadataRetryTests.ListAsync(session)).Name);
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_is_named()
    {
        // Behind its name, a time that says that it is longer than the entry.
        byte[] page = [0x0A, 10, 0x0A, 6, .. "broken"u8, 0x72, 0x7F];
        Assert.Contains("The entry 'broken' cannot be read.", (await FailAsync(page)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_without_the_asked_prefix_is_left_out()
    {
        var error = await FailAsync(
            new ListObjectsResponse { Objects = { MetadataRetryTests.Made("b/1") } }.ToByteArray(), new ZonalListOptions { Prefix = "a/" });
        Assert.Contains("b/1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("A", "B", "C")]
    public async Task Pages_that_go_round_in_circles_are_an_error(params string[] tokens)
    {
        var served = 0;
        await using var server = new RawServer((c, _) => c.AnswerAsync(new ListObjectsResponse
        {
            Objects = { MetadataRetryTests.Made($"o{served}") }, NextPageToken = tokens[served++ % tokens.Length],
        }));
        await using var session = server.Open();
        var found = 0;
        var error = await Assert.ThrowsAsync<ZonalException>(async () =>
        {
            await foreach (var _ in session.ListObjectsAsync("zonal-bucket", cancellationToken: Stop)) found++;
        });
        Assert.Equal(ZonalErrorIds.ListingEndless, error.ErrorId);
        // The page that the first token led to came once more at most, and nothing of it is asked for again.
        Assert.Equal(tokens.Length + 1, found);
    }

    [Fact]
    public async Task Buckets_that_go_round_in_circles_are_an_error()
    {
        await using var server = new RawServer(static (c, _) => c.AnswerAsync(new ListBucketsResponse
        {
            Buckets = { new Bucket { Name = "projects/_/buckets/b1", BucketId = "b1" } }, NextPageToken = "A",
        }));
        await using var session = server.Open();
        var error = await Assert.ThrowsAsync<ZonalException>(async () =>
        {
            await foreach (var bucket in session.ListBucketsAsync("p", cancellationToken: Stop)) Assert.Equal("b1", bucket.Name);
        });
        Assert.Equal(ZonalErrorIds.ListingEndless, error.ErrorId);
    }

    [Fact]
    public void Empty_pages_are_borne_for_long_and_not_for_ever()
    {
        var check = new ListingCheck("gs://b");
        for (var i = 1; i < ListingCheck.MaximumEmptyPages; i++) Assert.Equal($"t{i}", check.Next(Page($"t{i}")));
        Assert.Equal("full", check.Next(Page("full", "an object")));
        for (var i = 1; i < ListingCheck.MaximumEmptyPages; i++) check.Next(Page($"u{i}"));
        Assert.Equal(ZonalErrorIds.ListingEndless, Assert.Throws<ZonalException>(() => check.Next(Page("last"))).ErrorId);
    }

    [Fact]
    public async Task A_few_empty_pages_end_nothing()
    {
        var served = 0;
        await using var server = new RawServer((c, _) => c.AnswerAsync(served++ < 20
            ? new ListObjectsResponse { NextPageToken = $"t{served}" }
            : new ListObjectsResponse { Objects = { MetadataRetryTests.Made("found") } }));
        await using var session = server.Open();
        Assert.Equal("found", Assert.Single(await MetadataRetryTests.ListAsync(session)).Name);
    }

    [Fact]
    public async Task A_page_over_the_limit_of_a_message_is_asked_for_with_fewer_entries()
    {
        var sizes = new List<int>();
        var all = Enumerable.Range(0, 40).Select(static i => $"{i:d3}{new string('x', 900)}").ToList();
        await using var server = new RawServer((c, bytes) =>
        {
            var request = ListObjectsRequest.Parser.ParseFrom(bytes);
            sizes.Add(request.PageSize);
            var from = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
            var page = new ListObjectsResponse();
            foreach (var name in all.Skip(from).Take(request.PageSize))
            {
                var entry = MetadataRetryTests.Made(name);
                entry.Metadata["notes"] = new string('n', 4000);
                page.Objects.Add(entry);
            }

            from += request.PageSize;
            if (from < all.Count) page.NextPageToken = $"{from}";
            return c.AnswerAsync(page);
        });
        await using var session = server.Open(static o => o with { MaximumMetadataMessage = 64 << 10 });
        var found = await MetadataRetryTests.ListAsync(session, new ZonalListOptions { PageSize = 40 });
        Assert.Equal(all, found.Select(static f => f.Name));
        Assert.Equal([40, 10, 10, 10, 10], sizes);
    }

    [Fact]
    public void A_page_holds_its_bytes_and_nothing_else_until_entries_are_asked_for()
    {
        // Two bytes an entry, a million of them; as objects they were some 300 MB.
        var bytes = new byte[2 << 20];
        for (var i = 0; i < bytes.Length; i += 2) bytes[i] = 0x0A;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var page = ListPage.OfObjects(bytes);
        Assert.Equal(1 << 20, page.EntryCount);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Fact]
    public void A_page_that_is_cut_off_is_known_before_its_entries_are_handed_out()
    {
        var page = new ListObjectsResponse { Objects = { MetadataRetryTests.Made("a"), MetadataRetryTests.Made("b") } }.ToByteArray();
        Assert.Throws<InvalidProtocolBufferException>(() => ListPage.OfObjects(page[..^3]));
    }

    private static async Task<ZonalException> FailAsync(byte[] page, ZonalListOptions? options = null)
    {
        await using var server = new RawServer(async (c, _) =>
        {
            await c.SendAsync(page);
            await c.EndAsync();
        });
        await using var session = server.Open();
        return await Assert.ThrowsAsync<ZonalException>(() => MetadataRetryTests.ListAsync(session, options));
    }

    private static ListPage Page(string next, params string[] names)
    {
        var page = new ListObjectsResponse { NextPageToken = next };
        page.Objects.AddRange(names.Select(MetadataRetryTests.Made));
        return ListPage.OfObjects(page.ToByteArray());
    }
}

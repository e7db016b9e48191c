using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Tests.Engine;

public sealed class StreamTests(EmulatorFixture emulator)
{
    private const int Size = 40_000_003;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 300_000)]
    [InlineData(5, 5 << 20)]
    public async Task Any_sequence_of_reads_and_seeks_gives_the_right_bytes(int seed, int blockCache)
    {
        await using var session = emulator.Open();
        await RunSequenceAsync(session, seed, blockCache, steps: 400);
    }

    [Theory]
    [InlineData("return-broken-stream-after-3000K", "return-503", "drop-connection-after-5000K")]
    [InlineData("corrupt-chunk", "short-range", "redirect-after-3000K-token-abc")]
    [InlineData("ok-after-1024K", "wrong-crc-2", "stall-after-1000K-300ms")]
    public async Task Any_sequence_gives_the_right_bytes_when_streams_break(params string[] faults)
    {
        await using var session = await emulator.OpenFaultyAsync(faults);
        await RunSequenceAsync(session, seed: 6, blockCache: 0, steps: 200);
    }

    [Fact]
    public async Task A_sequential_reader_uses_as_many_streams_as_make_it_faster()
    {
        // With one stream it would take seven seconds, and never have another.
        await using var slow = await EmulatorProcess.StartAsync("--bandwidth-per-stream", "100000000");
        await using var session = ZonalSession.Create(new ZonalSessionOptions { Endpoint = slow.Endpoint });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named("size-700m"), Stop);
        var buffer = new byte[1 << 20];
        for (long offset = 0; offset < reader.Size && reader.StreamCount < 3; offset += buffer.Length)
            await reader.ReadAsync(offset, buffer, cancellationToken: Stop);
        Assert.InRange(reader.StreamCount, 3, session.Options.StreamsPerObject);
    }

    [Fact]
    public async Task Readers_at_many_places_at_once_get_the_right_bytes()
    {
        await using var session = emulator.Open(static o => o with { MemoryBudget = 24 << 20 });
        await using var reader = await session.OpenAsync(EmulatorFixture.Named($"size-{Size}"), Stop);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async index =>
        {
            await Task.Yield();
            var buffer = new byte[50_000 + index * 10_000];
            for (long offset = index * 6_000_000; offset < (index + 1) * 6_000_000; offset += buffer.Length)
            {
                var count = await reader.ReadAsync(offset, buffer, cancellationToken: Stop);
                Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer.AsSpan(0, count)));
            }
        }));
    }

    [Fact]
    public async Task A_stream_is_what_a_stream_is()
    {
        await using var session = emulator.Open();
        await using var stream = await session.OpenStreamAsync(EmulatorFixture.Named("size-100"), null, Stop);
        Assert.Equal((100, true, true, false), (stream.Length, stream.CanRead, stream.CanSeek, stream.CanWrite));
        Assert.Equal(90, stream.Seek(-10, SeekOrigin.End));
        Assert.Equal(10, stream.Read(new byte[50]));
        Assert.Equal(0, stream.Read(new byte[50]));
        Assert.Equal(-1, stream.ReadByte());
        stream.Position = 1000;
        Assert.Equal(0, await stream.ReadAsync(new byte[5], Stop));
        Assert.Throws<IOException>(() => stream.Seek(-101, SeekOrigin.End));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Assert.Throws<NotSupportedException>(() => stream.WriteByte(1));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
        stream.Position = 7;
        Assert.Equal(SplitMixContent.At(7), stream.ReadByte());
        await stream.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Assert.False(stream.CanRead);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_can_be_copied_and_hashed(bool isAsync)
    {
        await using var session = emulator.Open();
        var uri = EmulatorFixture.Named("size-9000001");
        var whole = await session.ReadAsync(uri, cancellationToken: Stop);
        await using var stream = await session.OpenStreamAsync(uri, null, Stop);
        using var copy = new MemoryStream();
        if (isAsync) await stream.CopyToAsync(copy, Stop);
        else stream.CopyTo(copy);
        Assert.True(copy.ToArray().AsSpan().SequenceEqual(whole));
        stream.Position = 0;
        Assert.Equal(SHA256.HashData(whole), isAsync ? await SHA256.HashDataAsync(stream, Stop) : SHA256.HashData(stream));
    }

    [Fact]
    public async Task Text_can_be_read_by_lines()
    {
        await using var session = emulator.Open();
        var uri = EmulatorFixture.Named("lines.txt");
        var lines = Enumerable.Range(0, 20_000).Select(static i => $"Zeile {i} – größer").ToArray();
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        await session.UploadAsync(uri, text, cancellationToken: Stop);
        using var reader = new StreamReader(await session.OpenStreamAsync(uri, null, Stop));
        foreach (var line in lines) Assert.Equal(line, await reader.ReadLineAsync(Stop));
        Assert.Null(await reader.ReadLineAsync(Stop));
    }

    [Fact]
    public async Task Listing_an_archive_reads_little_of_it()
    {
        await using var session = emulator.Open();
        var uri = EmulatorFixture.Named("archive.zip");
        var entry = new byte[1_000_000];
        using (var file = new MemoryStream())
        {
            using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                for (var i = 0; i < 30; i++)
                {
                    new Random(i).NextBytes(entry);
                    await using var part = await archive.CreateEntry($"part-{i}", CompressionLevel.NoCompression).OpenAsync(Stop);
                    await part.WriteAsync(entry, Stop);
                }
            }

            file.Position = 0;
            await session.UploadAsync(uri, file, cancellationToken: Stop);
        }

        var before = session.BytesRead;
        using var zip = new ZipArchive(await session.OpenStreamAsync(uri, null, Stop));
        Assert.Equal(30, zip.Entries.Count);
        Assert.InRange(session.BytesRead - before, 1, 300_000);

        new Random(17).NextBytes(entry);
        await using var wanted = await zip.GetEntry("part-17")!.OpenAsync(Stop);
        using var extracted = new MemoryStream();
        await wanted.CopyToAsync(extracted, Stop);
        Assert.True(extracted.ToArray().AsSpan().SequenceEqual(entry));
    }

    [Fact]
    public async Task Memory_stays_within_the_budget_and_is_given_back()
    {
        await using var session = emulator.Open(static o => o with { MemoryBudget = 8 << 20 });
        await using (var stream = await session.OpenStreamAsync(EmulatorFixture.Named("size-100m"), null, Stop))
        {
            var buffer = new byte[1 << 20];
            for (long offset = 0; offset < stream.Length;)
            {
                var count = await stream.ReadAsync(buffer, Stop);
                Assert.Equal(-1, SplitMixContent.FirstDifference(offset, buffer.AsSpan(0, count)));
                offset += count;
                Assert.InRange(session.GetMetrics().MemoryInUse, 0, 8 << 20);
            }
        }

        var metrics = session.GetMetrics();
        Assert.Equal(0, metrics.MemoryInUse);
        Assert.True(metrics.ReadAheadHitBytes > 50 << 20, $"{metrics.ReadAheadHitBytes} bytes of hits");
        Assert.InRange(metrics.MemoryPeak, 1, 8 << 20);
    }

    private static async Task RunSequenceAsync(ZonalSession session, int seed, int blockCache, int steps)
    {
        await using var stream = await session.OpenStreamAsync(
            EmulatorFixture.Named($"size-{Size}"), new ZonalReaderOptions { BlockCacheSize = blockCache }, Stop);
        var random = new Random(seed);
        var buffer = new byte[6_000_000];
        for (var step = 0; step < steps; step++)
        {
            stream.Position = random.Next(12) switch
            {
                0 => random.Next(Size),
                1 => Math.Max(0, stream.Position - random.Next(3_000_000)),
                2 => stream.Position + random.Next(3_000_000),
                3 => 0,
                _ => stream.Position,
            };
            var length = random.Next(10) == 0 ? random.Next(buffer.Length) : random.Next(200_000);
            var start = stream.Position;
            var count = step % 2 == 0
                ? await stream.ReadAsync(buffer.AsMemory(0, length), Stop)
                : stream.Read(buffer.AsSpan(0, length));
            Assert.Equal(Math.Min(length, Math.Max(0, Size - start)), count);
            Assert.Equal(start + count, stream.Position);
            Assert.Equal(-1, SplitMixContent.FirstDifference(start, buffer.AsSpan(0, count)));
        }
    }
}

using ZonalStorage.TestSupport;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>A way to read an object, every byte of which is compared with the formula of synthetic objects.</summary>
internal sealed record ReadKind(string Name, Func<ReadTask, CancellationToken, Task> RunAsync)
{
    /// <summary>All there are, in the order of the table in docs/reliability.md.</summary>
    public static IReadOnlyList<ReadKind> All { get; } =
    [
        new("whole", ReadWholeAsync), new("ranges", ReadRangesAsync), new("stream sequential", ReadSequentialAsync),
        new("stream random", ReadRandomAsync), new("save to file", SaveAsync),
    ];

    private static async Task ReadWholeAsync(ReadTask task, CancellationToken cancellationToken)
    {
        var bytes = await task.Session.ReadAsync(task.Uri, cancellationToken: cancellationToken);
        task.Check(0, bytes, task.Size);
    }

    private static async Task ReadRangesAsync(ReadTask task, CancellationToken cancellationToken)
    {
        var ranges = new ByteRange[120];
        for (var i = 0; i < ranges.Length; i++)
        {
            var length = task.Random.Next(1, 100_000);
            ranges[i] = new ByteRange(task.Random.NextInt64(task.Size - length), length);
        }

        await foreach (var result in task.Session.ReadRangesAsync(task.Uri, ranges, cancellationToken: cancellationToken))
        {
            if (result.Error is not null) throw result.Error;
            task.Check(ranges[result.Index].Offset, result.Data!, ranges[result.Index].Length!.Value);
        }
    }

    private static async Task ReadSequentialAsync(ReadTask task, CancellationToken cancellationToken)
    {
        await using var stream = await task.Session.OpenStreamAsync(task.Uri, cancellationToken: cancellationToken);
        var buffer = new byte[task.Random.Next(20_000, 400_000)];
        long position = 0;
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            task.Check(position, buffer.AsSpan(0, count), count);
            position += count;
        }

        if (position != task.Size) throw new WrongBytesException($"{position} bytes of {task.Size}");
    }

    private static async Task ReadRandomAsync(ReadTask task, CancellationToken cancellationToken)
    {
        await using var stream = await task.Session.OpenStreamAsync(task.Uri, cancellationToken: cancellationToken);
        for (var i = 0; i < 40; i++)
        {
            var buffer = new byte[task.Random.Next(1, 300_000)];
            var offset = task.Random.NextInt64(task.Size - buffer.Length);
            stream.Seek(offset, SeekOrigin.Begin);
            await stream.ReadExactlyAsync(buffer, cancellationToken);
            task.Check(offset, buffer, buffer.Length);
        }
    }

    private static async Task SaveAsync(ReadTask task, CancellationToken cancellationToken)
    {
        var path = Path.Combine(task.Folder, Path.GetRandomFileName());
        try
        {
            await task.Session.DownloadAsync(task.Uri, path, cancellationToken: cancellationToken);
            task.Check(0, await File.ReadAllBytesAsync(path, cancellationToken), task.Size);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

/// <summary>What is to be read, and by what.</summary>
internal sealed record ReadTask(ZonalSession Session, long ObjectSize, Random Random, string Folder)
{
    public ZonalUri Uri { get; } = new("zonal-bucket", FormattableString.Invariant($"size-{ObjectSize}"));

    /// <summary>Bytes that there are to read: the size that the open tells.</summary>
    public long Size { get; init; } = ObjectSize;

    /// <summary>Compares bytes with the formula.</summary>
    /// <exception cref="WrongBytesException">One differs, or they are too few or too many.</exception>
    public void Check(long offset, ReadOnlySpan<byte> bytes, long length)
    {
        if (bytes.Length != length) throw new WrongBytesException($"{bytes.Length} bytes at {offset} where {length} were asked for");
        var at = SplitMixContent.FirstDifference(offset, bytes);
        if (at >= 0) throw new WrongBytesException($"byte {offset + at} is wrong");
    }
}

/// <summary>What must never happen.</summary>
internal sealed class WrongBytesException(string message) : Exception(message);

using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.TestSupport;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

public sealed class DirectFileTests : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("zonal-direct").FullName;
    private readonly NativeBlock _block = new(2 * MiB);

    private string Path => System.IO.Path.Combine(_folder, "file");

    public void Dispose()
    {
        _block.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_a_disk_cannot_take_from_where_it_is_is_left_to_the_caller()
    {
        using var file = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        using var direct = DirectFile.TryOpen(file);
        Assert.SkipWhen(direct is null, $"The file system of {_folder} takes no direct writes (O_DIRECT, Linux).");
        var stop = TestContext.Current.CancellationToken;
        var bytes = _block.Memory;
        SplitMixContent.Bytes(0, bytes.Length).CopyTo(bytes);
        Assert.False(await direct.TryWriteAsync(bytes[..^1], 0, stop));
        Assert.False(await direct.TryWriteAsync(bytes[1..], 0, stop));
        Assert.False(await direct.TryWriteAsync(bytes, 1, stop));
        Assert.Equal(0, RandomAccess.GetLength(file));

        Assert.True(await direct.TryWriteAsync(bytes[MiB..], MiB, stop));
        Assert.True(await direct.TryWriteAsync(bytes[..MiB], 0, stop));
        var back = new byte[2 * MiB];
        Assert.Equal(back.Length, RandomAccess.Read(file, back, 0));
        Assert.Equal(-1, SplitMixContent.FirstDifference(0, back));
    }

    [Fact]
    public async Task A_large_file_and_its_odd_end_have_the_right_bytes()
    {
        const int Part = PartTable.PartSize;
        const long Length = 128L * MiB + 12_345;
        var stop = TestContext.Current.CancellationToken;
        var noted = new List<long>();
        using (var file = PartialFile.Create(Path, Length))
        {
            // Side by side, in any order.
            var offsets = Enumerable.Range(0, (int)((Length + Part - 1) / Part)).Select(static i => (long)i * Part).Reverse();
            await Parallel.ForEachAsync(offsets, stop, async (offset, token) =>
            {
                using var block = new NativeBlock(Part);
                var bytes = block.Memory[..(int)Math.Min(Part, Length - offset)];
                SplitMixContent.Bytes(offset, bytes.Length).CopyTo(bytes.Span);
                // One at a time: a list takes no two.
                await file.WriteAsync(bytes, offset, () => noted.Add(offset), token);
            });
            file.Flush(timestamp: null);
        }

        Assert.Equal((Length + Part - 1) / Part, noted.Distinct().Count());
        using var written = File.OpenHandle(PartialFile.NameOf(Path));
        Assert.Equal(Length, RandomAccess.GetLength(written));
        var back = new byte[MiB];
        for (long offset = 0; offset < Length;)
        {
            var count = RandomAccess.Read(written, back, offset);
            Assert.Equal(-1, SplitMixContent.FirstDifference(offset, back.AsSpan(0, count)));
            offset += count;
        }
    }
}

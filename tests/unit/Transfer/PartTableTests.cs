using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Reading;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

public sealed class PartTableTests
{
    [Fact]
    public void Parts_cover_the_file_once_and_those_that_are_there_are_not_taken() => Prop.ForAll(
        Gen.Choose(0, 40 << 20).ToArbitrary(), ArbMap.Default.ArbFor<int[]>(), (length, there) =>
        {
            var parts = new PartTable(new Extent(5, length), new Extent(0, length));
            foreach (var part in there)
            {
                if (parts.Count > 0) parts.Complete((int)((uint)part % parts.Count), 1);
            }

            var isThere = there.Where(_ => parts.Count > 0).Select(p => (int)((uint)p % parts.Count)).ToHashSet();
            var missing = parts.MissingBytes;
            var taken = new List<int>();
            while (parts.TryTake(out var part)) taken.Add(part);
            Assert.Equal(Enumerable.Range(0, parts.Count).Where(i => !isThere.Contains(i)), taken);
            Assert.Equal(missing, taken.Sum(p => (long)parts.LengthOf(p)));
            Assert.Equal(length, Enumerable.Range(0, parts.Count).Sum(p => (long)parts.LengthOf(p)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Checksums_of_parts_give_that_of_the_file()
    {
        var bytes = new byte[(5 << 20) + 3];
        new Random(1).NextBytes(bytes);
        var parts = new PartTable(new Extent(0, bytes.Length), new Extent(0, bytes.Length));
        for (var i = 0; i < parts.Count; i++)
            parts.Complete(i, Crc32C.Append(0, bytes.AsSpan((int)PartTable.OffsetOf(i), parts.LengthOf(i))));
        Assert.True(parts.IsWhole);
        Assert.Equal(Crc32C.Append(0, bytes), parts.Crc32C);
    }

    [Fact]
    public void A_share_is_taken_and_nothing_else()
    {
        var parts = new PartTable(new Extent(0, 9 * PartTable.PartSize), new Extent(3 * PartTable.PartSize, 2 * PartTable.PartSize));
        Assert.Equal(2, parts.MissingCount);
        Assert.True(parts.TryTake(out var first) && parts.TryTake(out var second) && !parts.TryTake(out _) && (first, second) == (3, 4));
    }
}

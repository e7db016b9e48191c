using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZonalStorage.Reading;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

/// <summary>A journal tells what was noted, or less; never anything else, whatever happened to its file.</summary>
public sealed class PartJournalTests : IDisposable
{
    private const string About = "gs://b/näme#17 1000 0+1000/2097152";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    private string File => Path.Combine(_folder.FullName, "x.partial.journal");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_was_noted_is_found_and_can_be_added_to()
    {
        Write([(0, 1), (7, 2)]);
        using (var journal = PartJournal.TryContinue(File, About, out var found))
        {
            Assert.Equal([new(0, 1), new(7, 2)], found.OrderBy(static f => f.Key));
            journal!.Append(3, 9);
        }

        Assert.Equal([0, 3, 7], PartJournal.Read(File, About).Keys.Order());
    }

    [Fact]
    public void A_journal_of_something_else_is_none()
    {
        Write([(0, 1)]);
        Assert.Null(PartJournal.TryContinue(File, About.Replace("#17", "#18", StringComparison.Ordinal), out var found));
        Assert.Empty(found);
        Assert.Null(PartJournal.TryContinue(File + "x", About, out _));
        var info = new ZonalObjectInfo { Bucket = "b", Name = "n", Generation = 4, Size = 100 };
        Assert.Equal(4, new[]
        {
            PartJournal.Describe(info, new Extent(0, 100)), PartJournal.Describe(info with { Generation = 5 }, new Extent(0, 100)),
            PartJournal.Describe(info, new Extent(1, 99)), PartJournal.Describe(info with { Size = 101 }, new Extent(0, 100)),
        }.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Cut_anywhere_it_tells_the_records_before_the_cut() => Prop.ForAll(
        Notes, ArbMap.Default.ArbFor<NonNegativeInt>(), (notes, cut) =>
        {
            Write(notes);
            var length = new FileInfo(File).Length;
            var headerLength = length - 16 * notes.Length;
            var at = cut.Get % (length + 1);
            Truncate(at);
            using var journal = PartJournal.TryContinue(File, About, out var found);
            if (at < headerLength)
            {
                Assert.Null(journal);
                return;
            }

            AssertEqual(notes.Take((int)((at - headerLength) / 16)), found);
            // What is noted now must not stand behind half a record.
            journal!.Append(1_000_000, 5);
            Assert.Equal(5u, PartJournal.Read(File, About)[1_000_000]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_damaged_byte_never_gives_a_part_that_was_not_noted() => Prop.ForAll(
        Notes, ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<byte>(), (notes, place, change) =>
        {
            Write(notes);
            var bytes = System.IO.File.ReadAllBytes(File);
            bytes[place.Get % bytes.Length] ^= change;
            System.IO.File.WriteAllBytes(File, bytes);
            using var journal = PartJournal.TryContinue(File, About, out var found);
            var before = (place.Get % bytes.Length - (bytes.Length - 16 * notes.Length)) / 16;
            AssertEqual(notes.Take(change == 0 ? notes.Length : Math.Max(0, before)), found);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Garbage_is_no_journal_and_garbage_at_the_end_is_cut() => Prop.ForAll(
        Notes, ArbMap.Default.ArbFor<byte[]>(), (notes, garbage) =>
        {
            System.IO.File.WriteAllBytes(File, garbage);
            Assert.Null(PartJournal.TryContinue(File, About, out _));
            Write(notes);
            using (var end = System.IO.File.Open(File, FileMode.Append)) end.Write(garbage);
            using var journal = PartJournal.TryContinue(File, About, out var found);
            AssertEqual(notes, found);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Many_records_are_read_in_blocks()
    {
        var notes = Enumerable.Range(0, 10_000).Select(static i => (i, (uint)i * 7)).ToArray();
        Write(notes);
        AssertEqual(notes, PartJournal.Read(File, About));
    }

    private static Arbitrary<(int Part, uint Crc)[]> Notes =>
        (from part in Gen.Choose(0, 50) from crc in Gen.Choose(0, int.MaxValue) select (part, (uint)crc)).ArrayOf().ToArbitrary();

    private static void AssertEqual(IEnumerable<(int Part, uint Crc)> notes, Dictionary<int, uint> found)
    {
        var expected = new Dictionary<int, uint>();
        foreach (var (part, crc) in notes) expected[part] = crc;
        Assert.Equal(expected.OrderBy(static e => e.Key), found.OrderBy(static f => f.Key));
    }

    private void Write(IEnumerable<(int Part, uint Crc)> notes)
    {
        using var journal = PartJournal.Create(File, About);
        foreach (var (part, crc) in notes) journal.Append(part, crc);
    }

    private void Truncate(long length)
    {
        using var file = System.IO.File.OpenWrite(File);
        file.SetLength(length);
    }
}

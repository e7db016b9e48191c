using Google.Cloud.Storage.V2;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>A page of a listing. Whatever it holds, what is handed out of it can be, and nothing but a malformed page throws.</summary>
internal sealed class ListingTarget : FuzzTarget
{
    private static readonly ZonalUri _bucket = new("bucket", "");

    public override string Name => "listing";

    // An entry of two bytes becomes an object, and one that cannot be an error with a message.
    public override long AllocationPerByte => 4096;

    public override int Execute(ReadOnlySpan<byte> input)
    {
        ListPage page;
        try
        {
            page = ListPage.OfObjects(input.ToArray());
        }
        catch (InvalidProtocolBufferException)
        {
            return 0;
        }

        var check = new ListingCheck("gs://bucket");
        var shape = new HashCode();
        var handedOut = 0;
        foreach (var prefix in page.Prefixes) Look(check.ReadPrefix(prefix, _bucket));
        foreach (var entry in page.Entries) Look(check.ReadObject(entry, _bucket, ""));
        Require(handedOut <= page.EntryCount, "no more comes out than is in it");
        var isWhole = true;
        try
        {
            check.End();
        }
        catch (ZonalException e)
        {
            isWhole = false;
            Require(e.Message.Length < 4096, "an error is bounded");
        }

        Require(isWhole == (handedOut == page.EntryCount), "what is left out is told");
        shape.Add(page.NextPageToken.Length > 0);
        shape.Add(isWhole);
        return shape.ToHashCode();

        void Look(ZonalObjectInfo? info)
        {
            shape.Add(info is null);
            if (info is null) return;
            handedOut++;
            Require(info.Uri.Bucket == "bucket" && !info.Uri.IsBucket, "an entry has an address in the bucket");
            Require(info.Size is >= 0 and <= 1L << 60, "an entry has a size that can be");
            shape.Add(info.Created is null);
            shape.Add(info.Metadata.Count);
        }
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds()
    {
        var good = new Object
        {
            Bucket = "projects/_/buckets/bucket", Name = "a/b", Generation = 7, Metageneration = 1, Size = 5,
            CreateTime = new Timestamp { Seconds = 1_700_000_000 }, Checksums = new ObjectChecksums { Crc32C = 9 },
            Metadata = { ["key"] = "value" },
        };
        var negative = good.Clone();
        negative.Size = -1;
        var foreign = good.Clone();
        foreign.Bucket = "projects/_/buckets/other";
        yield return ("empty", []);
        yield return ("good", new ListObjectsResponse { Objects = { good, good }, Prefixes = { "x/" }, NextPageToken = "t" }.ToByteArray());
        yield return ("odd", new ListObjectsResponse { Objects = { negative, foreign, new Object() }, Prefixes = { "", "a\nb" } }.ToByteArray());
        yield return ("entries-of-nothing", [0x0A, 0, 0x0A, 0, 0x12, 0, 0x12, 1, 0xFF]);
        yield return ("broken-entry", [0x0A, 10, 0x0A, 6, .. "broken"u8, 0x72, 0x7F]);
    }
}

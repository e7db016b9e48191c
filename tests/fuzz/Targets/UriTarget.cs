using System.Text;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>Addresses as people and files have them: an accepted one means the same when written and read again.</summary>
internal sealed class UriTarget : FuzzTarget
{
    public override string Name => "uri";

    public override int Execute(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!ZonalUri.TryParse(text, out var uri))
        {
            // The other door must be closed as well.
            try
            {
                ZonalUri.Parse(text);
                Require(holds: false, "Parse refuses what TryParse refuses");
            }
            catch (FormatException e)
            {
                return e.Message.Length % 64;
            }
        }

        Require(ZonalUri.TryParse(uri!.ToString(), out var again) && again == uri, "an address survives being written");
        Require(uri.Name is not ("." or "..") && uri.Name.AsSpan().IndexOfAny('\r', '\n') < 0, "impossible names are refused");
        return HashCode.Combine(uri.IsBucket, uri.Generation is null, Math.Min(uri.Name.Length, 40), Math.Min(uri.Bucket.Length, 40)) | 64;
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds() =>
        new[]
        {
            "gs://bucket", "gs://bucket/", "gs://bucket/name", "gs://bucket/a/b//c#1700000000000001", "GS://b-1_2.3/x#y#3",
            "gs://bucket/ä€𝄞", "gs://bucket/..", "gs://bucket/#12", "gs:///x", "http://x/y", "gs://bucket/a%20b\tc",
        }.Select(static (t, i) => ($"address-{i:00}", Encoding.UTF8.GetBytes(t)));
}

using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// Objects that exist by their name: a last path segment <c>size-N</c> (N with k, m, g or t) is an object of N bytes.
/// They can be read, never changed, and no list shows them.
/// </summary>
internal sealed class SyntheticObjects(long maxSize)
{
    public const long Generation = 1700000000000001;

    private const string Prefix = "size-";

    private readonly ConcurrentDictionary<long, SyntheticContent> _contents = new();

    public StoredObject? Find(string bucket, string name)
    {
        var segment = name.AsSpan(name.LastIndexOf('/') + 1);
        if (!segment.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        if (!TryParse(segment[Prefix.Length..], out var size) || size > maxSize) return null;
        var born = new Timestamp { Seconds = 1_700_000_000 };
        var resource = new Resource
        {
            Name = name,
            Bucket = BucketNames.Full(bucket),
            Generation = Generation,
            Metageneration = 1,
            StorageClass = "RAPID",
            ContentType = "application/octet-stream",
            Etag = "synthetic",
            CreateTime = born,
            UpdateTime = born,
            FinalizeTime = born,
        };
        var content = _contents.GetOrAdd(size, static n => new SyntheticContent(n));
        return new StoredObject(resource, content, synthetic: true);
    }

    private static bool TryParse(ReadOnlySpan<char> text, out long size)
    {
        size = 0;
        if (text.IsEmpty) return false;
        var shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        if (shift > 0) text = text[..^1];
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n)) return false;
        if (n > long.MaxValue >> shift) return false;
        size = n << shift;
        return true;
    }
}

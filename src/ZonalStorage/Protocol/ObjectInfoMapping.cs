using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Protocol;

/// <summary>Public records from the service's messages.</summary>
internal static class ObjectInfoMapping
{
    private const string BucketPrefix = "projects/_/buckets/";

    /// <summary>An object's metadata. Finalized means that a finalize time is set.</summary>
    public static ZonalObjectInfo ToInfo(this Object message) => new()
    {
        Bucket = BucketName(message.Bucket),
        Name = message.Name,
        Generation = message.Generation,
        Metageneration = message.Metageneration,
        Size = message.Size,
        IsFinalized = message.FinalizeTime is not null,
        Crc32C = message.Checksums is { HasCrc32C: true } checksums ? checksums.Crc32C : null,
        Md5 = message.Checksums is { Md5Hash.IsEmpty: false } sums ? sums.Md5Hash.Memory : (ReadOnlyMemory<byte>?)null,
        ContentType = message.ContentType,
        ContentEncoding = message.ContentEncoding,
        StorageClass = message.StorageClass,
        ETag = message.Etag,
        Created = ToTime(message.CreateTime),
        Updated = ToTime(message.UpdateTime),
        Finalized = ToTime(message.FinalizeTime),
        Metadata = new Dictionary<string, string>(message.Metadata, StringComparer.Ordinal),
    };

    /// <summary>A bucket's metadata.</summary>
    public static ZonalBucketInfo ToInfo(this Bucket message) => new()
    {
        Name = message.BucketId.Length > 0 ? message.BucketId : BucketName(message.Name),
        Location = message.Location,
        LocationType = message.LocationType,
        Zone = message.CustomPlacementConfig?.DataLocations.FirstOrDefault(),
        StorageClass = message.StorageClass,
        HierarchicalNamespace = message.HierarchicalNamespace?.Enabled ?? false,
        Created = ToTime(message.CreateTime),
    };

    private static string BucketName(string resource) =>
        resource.StartsWith(BucketPrefix, StringComparison.Ordinal) ? resource[BucketPrefix.Length..] : resource;

    private static DateTimeOffset? ToTime(Timestamp? time)
    {
        // A hostile server could send a time that no calendar has; it is worth no exception.
        if (time is null || time.Seconds is < -62_135_596_800 or > 253_402_300_799) return null;
        return DateTimeOffset.FromUnixTimeSeconds(time.Seconds).AddTicks(Math.Clamp(time.Nanos, 0, 999_999_999) / 100);
    }
}

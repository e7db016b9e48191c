using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Protocol;

/// <summary>Public records from the service's messages.</summary>
internal static class ObjectInfoMapping
{
    // Far above what the service stores (5 TiB), and low enough that sums of offsets and lengths never overflow.
    private const long LargestSize = 1L << 60;

    /// <summary>An object's metadata, once it is certain that it is that of the object asked for.</summary>
    /// <param name="message">The service's message; a bucket or a name that it does not tell is taken as the asked one.</param>
    /// <param name="asked">What was asked for; a bucket alone where any object of it will do, as in a listing.</param>
    /// <exception cref="ZonalException">
    /// <c>WrongObject</c>: another bucket or name, or numbers that no object has. <c>WrongGeneration</c>: another generation
    /// than the one that <paramref name="asked"/> pins.
    /// </exception>
    public static ZonalObjectInfo ToCheckedInfo(this Object message, ZonalUri asked)
    {
        var bucket = message.Bucket.Length == 0 ? asked.Bucket : ResourceNames.BucketOf(message.Bucket);
        if (!string.Equals(bucket, asked.Bucket, StringComparison.Ordinal))
            throw ObjectErrors.WrongObject(asked, $"the bucket '{ResourceNames.Shown(bucket)}'");
        if (asked.IsBucket)
        {
            if (ResourceNames.FindNameProblem(message.Name) is { } problem) throw ObjectErrors.Malformed(asked, problem);
        }
        else if (message.Name.Length > 0 && !string.Equals(message.Name, asked.Name, StringComparison.Ordinal))
        {
            throw ObjectErrors.WrongObject(asked, $"'{ResourceNames.Shown(message.Name)}'");
        }

        var info = message.ToInfo() with { Bucket = bucket, Name = asked.IsBucket ? message.Name : asked.Name };
        CheckNumbers(info, asked);
        return info;
    }

    /// <summary>A bucket's metadata, once it is certain that it is that of the bucket asked for.</summary>
    /// <exception cref="ZonalException"><c>WrongObject</c>: it is that of another.</exception>
    public static ZonalBucketInfo ToCheckedInfo(this Bucket message, ZonalUri asked)
    {
        CheckBucket(message.BucketId, asked);
        CheckBucket(message.Name, asked);
        return message.ToInfo() with { Name = asked.Bucket };
    }

    /// <summary>What a bucket's layout tells, once it is certain that it is that of the bucket asked for.</summary>
    /// <exception cref="ZonalException"><c>WrongObject</c>: it is that of another.</exception>
    public static ZonalBucketInfo ToCheckedInfo(this Google.Cloud.Storage.Control.V2.StorageLayout message, ZonalUri asked)
    {
        CheckBucket(message.Name, asked);
        return new ZonalBucketInfo
        {
            Name = asked.Bucket,
            Location = message.Location,
            LocationType = message.LocationType,
            Zone = message.CustomPlacementConfig?.DataLocations.FirstOrDefault(),
            HierarchicalNamespace = message.HierarchicalNamespace?.Enabled ?? false,
        };
    }

    /// <summary>An object's metadata as it came, checked by nobody. Finalized means that a finalize time is set.</summary>
    public static ZonalObjectInfo ToInfo(this Object message) => new()
    {
        Bucket = ResourceNames.BucketOf(message.Bucket),
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

    /// <summary>A bucket's metadata as it came, for a listing of buckets, where any name will do.</summary>
    public static ZonalBucketInfo ToInfo(this Bucket message) => new()
    {
        Name = message.BucketId.Length > 0 ? message.BucketId : ResourceNames.BucketOf(message.Name),
        Location = message.Location,
        LocationType = message.LocationType,
        Zone = message.CustomPlacementConfig?.DataLocations.FirstOrDefault(),
        StorageClass = message.StorageClass,
        HierarchicalNamespace = message.HierarchicalNamespace?.Enabled ?? false,
        Created = ToTime(message.CreateTime),
    };

    private static void CheckNumbers(ZonalObjectInfo info, ZonalUri asked)
    {
        if (info.Generation <= 0) throw ObjectErrors.Malformed(asked, $"generation {info.Generation}");
        if (asked.Generation is { } pinned && pinned != info.Generation)
            throw ObjectErrors.WrongGeneration(asked, info.Generation);
        if (info.Size is < 0 or > LargestSize) throw ObjectErrors.Malformed(asked, $"a size of {info.Size} bytes");
        if (info.Metageneration < 0) throw ObjectErrors.Malformed(asked, $"metageneration {info.Metageneration}");
    }

    private static void CheckBucket(string resource, ZonalUri asked)
    {
        var bucket = ResourceNames.BucketOf(resource);
        if (bucket.Length > 0 && !string.Equals(bucket, asked.Bucket, StringComparison.Ordinal))
            throw ObjectErrors.WrongObject(asked, $"the bucket '{ResourceNames.Shown(bucket)}'");
    }

    private static DateTimeOffset? ToTime(Timestamp? time)
    {
        // A hostile server could send a time that no calendar has; it is worth no exception.
        if (time is null || time.Seconds is < -62_135_596_800 or > 253_402_300_799) return null;
        return DateTimeOffset.FromUnixTimeSeconds(time.Seconds).AddTicks(Math.Clamp(time.Nanos, 0, 999_999_999) / 100);
    }
}

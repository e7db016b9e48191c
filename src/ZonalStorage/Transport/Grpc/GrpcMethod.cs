namespace ZonalStorage.Transport.Grpc;

/// <summary>The calls of the service that we use, by their paths.</summary>
internal static class GrpcMethod
{
    private const string Storage = "/google.storage.v2.Storage/";
    private const string Control = "/google.storage.control.v2.StorageControl/";

    public const string BidiReadObject = Storage + "BidiReadObject";
    public const string BidiWriteObject = Storage + "BidiWriteObject";
    public const string GetObject = Storage + "GetObject";
    public const string ListObjects = Storage + "ListObjects";
    public const string DeleteObject = Storage + "DeleteObject";
    public const string GetBucket = Storage + "GetBucket";
    public const string ListBuckets = Storage + "ListBuckets";
    public const string GetStorageLayout = Control + "GetStorageLayout";
}

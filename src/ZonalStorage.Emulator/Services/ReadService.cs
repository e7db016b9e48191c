using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services.Reading;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services;

/// <summary>The calls that read: BidiReadObject, ReadObject and GetObject.</summary>
internal sealed class ReadService(BucketRegistry buckets, Statistics statistics) : IRpcService
{
    private const string FaultKey = "storage.objects.get";

    public IEnumerable<RpcMethod> Methods =>
    [
        new RpcMethod(
            Rpc.Storage, "BidiReadObject", FaultKey, "bucket", call => ReadStream.RunAsync(call, buckets, statistics)),
        new RpcMethod(Rpc.Storage, "ReadObject", FaultKey, "bucket", ReadObjectAsync),
        RpcMethod.Unary(Rpc.Storage, "GetObject", FaultKey, "bucket", GetObjectRequest.Parser, GetObject),
    ];

    private Google.Cloud.Storage.V2.Object GetObject(RpcCall call, GetObjectRequest request)
    {
        var stored = buckets[call.BucketOf(request.Bucket)].Get(request.Object, request.Generation);
        new Preconditions(
            request.HasIfGenerationMatch ? request.IfGenerationMatch : null,
            request.HasIfGenerationNotMatch ? request.IfGenerationNotMatch : null,
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null).Check(stored, isRead: true);
        return ResourceMask.Apply(request.ReadMask, stored.Describe());
    }

    private async Task ReadObjectAsync(RpcCall call)
    {
        var request = await call.Requests.ReadAsync(ReadObjectRequest.Parser, call.Token)
            ?? throw new RpcFailure(StatusCode.Internal, "ReadObject needs one request message.");
        await call.DelayAsync();
        var stored = buckets[call.BucketOf(request.Bucket)].Get(request.Object, request.Generation);
        new Preconditions(
            request.HasIfGenerationMatch ? request.IfGenerationMatch : null,
            request.HasIfGenerationNotMatch ? request.IfGenerationNotMatch : null,
            request.HasIfMetagenerationMatch ? request.IfMetagenerationMatch : null,
            request.HasIfMetagenerationNotMatch ? request.IfMetagenerationNotMatch : null).Check(stored, isRead: true);

        var metadata = stored.Describe();
        var (start, end) = RangeRules.Resolve(request.ReadOffset, request.ReadLimit, metadata.Size)
            ?? throw new RpcFailure(
                StatusCode.OutOfRange,
                $"Offset {request.ReadOffset} with limit {request.ReadLimit} lies outside of {metadata.Size} bytes.");
        await call.Responses.StartAsync(call.Token);
        var answer = new ReadObjectResponse
        {
            Metadata = ResourceMask.Apply(request.ReadMask, metadata),
            ObjectChecksums = metadata.Checksums,
        };
        if (request.ReadOffset != 0 || request.ReadLimit != 0)
        {
            answer.ContentRange = new ContentRange { Start = start, End = end, CompleteLength = metadata.Size };
        }

        await SendContentAsync(call, stored, start, end, answer);
    }

    private async Task SendContentAsync(
        RpcCall call, StoredObject stored, long start, long end, ReadObjectResponse answer)
    {
        using var content = stored.Content.OpenReader();
        var first = true;
        while (first || start < end)
        {
            first = false;
            var data = new byte[(int)Math.Min(call.Options.ChunkSize, end - start)];
            content.Read(start, data);
            answer.ChecksummedData = new ChecksummedData
            {
                Content = UnsafeByteOperations.UnsafeWrap(data),
                Crc32C = Crc32C.Compute(data),
            };
            await call.Responses.WriteAsync(answer, call.Token);
            statistics.BytesSent(data.Length);
            start += data.Length;
            answer = new ReadObjectResponse();
        }
    }
}

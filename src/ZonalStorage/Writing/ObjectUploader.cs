using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Memory;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.Transport;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Writing;

/// <summary>Uploads a stream of bytes as one finalized object, over one BidiWriteObject call.</summary>
/// <remarks>
/// Objects of zonal buckets are always appendable; finishing makes it final. Messages carry at most 2 MiB
/// (storage.proto, MAX_WRITE_CHUNK_BYTES), each with its CRC32C, the last with that of all. A broken upload is not resumed.
/// </remarks>
internal sealed class ObjectUploader(GrpcChannel channel) : IDisposable
{
    private const int MaximumChunk = 2 << 20;

    private readonly CancellationTokenSource _closed = new();

    /// <summary>See <see cref="ZonalSession.UploadAsync"/>.</summary>
    public async Task<ZonalObjectInfo> UploadAsync(
        ZonalUri uri, Stream content, string? contentType, long? ifGenerationMatch, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        var answers = new WriteAnswers();
        var routing = CallHeaders.Routing(uri.BucketResource) + "&appendable=true";
        var call = await channel.StartAsync(GrpcMethod.BidiWriteObject, routing, answers, refreshToken: false, stop.Token).ConfigureAwait(false);
        try
        {
            await SendAsync(call, FirstMessage(uri, contentType, ifGenerationMatch), content, progress, stop.Token).ConfigureAwait(false);
            var status = await answers.Completed.WaitAsync(stop.Token).ConfigureAwait(false);
            if (!status.IsOk) throw ReadErrors.FromStatus(status, uri);
            return answers.Resource?.ToCheckedInfo(uri) ?? throw new ZonalException(
                ZonalErrorIds.UploadUnconfirmed, ZonalStatusCode.Internal, $"The service did not confirm the upload of '{uri}'.",
                "Look at the object, then upload again.", uri.ToString());
        }
        catch
        {
            call.Cancel();
            throw;
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private static BidiWriteObjectRequest FirstMessage(ZonalUri uri, string? contentType, long? ifGenerationMatch)
    {
        var spec = new WriteObjectSpec
        {
            Resource = new Object
            {
                Bucket = uri.BucketResource,
                Name = uri.Name,
                ContentType = contentType ?? "application/octet-stream",
            },
            Appendable = true,
        };
        if (ifGenerationMatch is { } generation) spec.IfGenerationMatch = generation;
        return new BidiWriteObjectRequest { WriteObjectSpec = spec };
    }

    private static async Task SendAsync(
        GrpcCall call, BidiWriteObjectRequest message, Stream content, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        var chunk = new byte[MaximumChunk];
        uint whole = 0;
        long offset = 0;
        while (true)
        {
            var count = await content.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            var crc = Crc32C.Compute(chunk.AsSpan(0, count));
            whole = Crc32C.Combine(whole, crc, count);
            message.WriteOffset = offset;
            if (count > 0)
            {
                message.ChecksummedData = new ChecksummedData
                {
                    Content = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, count)),
                    Crc32C = crc,
                };
            }

            var isLast = count < chunk.Length;
            if (isLast)
            {
                message.FinishWrite = true;
                message.ObjectChecksums = new ObjectChecksums { Crc32C = whole };
            }

            // False means that the call has ended: its status, awaited by the caller, says why.
            if (!await call.SendAsync(GrpcFraming.Frame(message), isLast, cancellationToken).ConfigureAwait(false) || isLast) return;
            offset += count;
            progress?.Add(count);
            message = new BidiWriteObjectRequest();
        }
    }

    /// <summary>Keeps the last resource that the service told.</summary>
    private sealed class WriteAnswers : IGrpcCallHandler
    {
        private readonly TaskCompletionSource<GrpcStatus> _completed =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Object? Resource { get; private set; }

        public Task<GrpcStatus> Completed => _completed.Task;

        public void OnMessage(in GrpcMessage message)
        {
            try
            {
                if (BidiWriteObjectResponse.Parser.ParseFrom(message.ToArray()).Resource is { } resource)
                    Resource = resource;
            }
            catch (InvalidProtocolBufferException e)
            {
                OnCompleted(new GrpcStatus(ZonalStatusCode.Internal, "The service's answer cannot be read: " + e.Message));
            }
        }

        public void OnCompleted(GrpcStatus status) => _completed.TrySetResult(status);
    }
}

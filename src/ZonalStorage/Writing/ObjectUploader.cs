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
    private readonly ZonalSessionOptions _options = channel.Options;

    /// <summary>See <see cref="ZonalSession.UploadAsync"/>.</summary>
    public async Task<ZonalObjectInfo> UploadAsync(
        ZonalUri uri, Stream content, string? contentType, long? ifGenerationMatch, ZonalProgress? progress,
        CancellationToken cancellationToken)
    {
        if (uri.IsBucket) throw new ArgumentException($"'{uri}' names a bucket, not an object.", nameof(uri));
        if (uri.Generation is not null) throw new ArgumentException($"'{uri}' names a generation, which the service makes.", nameof(uri));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        GrpcCall? call = null;
        try
        {
            var answers = new WriteAnswers();
            call = await StartAsync(uri, answers, stop.Token).ConfigureAwait(false);
            var (size, crc) = await SendAsync(
                call, uri, FirstMessage(uri, contentType, ifGenerationMatch), content, progress, stop.Token).ConfigureAwait(false);
            var status = await AwaitAsync(call, answers, uri, stop.Token).ConfigureAwait(false);
            if (status.Cause is MessageTooLongException tooLong) status = CallErrors.TooLarge(tooLong);
            if (!status.IsOk) throw ReadErrors.FromStatus(status, uri);
            return Confirm(answers.Resource ?? throw UploadErrors.Unconfirmed(uri), uri, size, crc);
        }
        catch (Exception e)
        {
            call?.Cancel();
            // Where nothing moves the connection may be dead without anybody having said so; then it is replaced for all.
            if (e is ZonalException { Code: ZonalStatusCode.DeadlineExceeded }) call?.ProbeConnection();
            if (e is OperationCanceledException && _closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw UploadErrors.Closed();
            throw;
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task<GrpcCall> StartAsync(ZonalUri uri, WriteAnswers answers, CancellationToken cancellationToken)
    {
        var routing = CallHeaders.Routing(uri.BucketResource) + "&appendable=true";
        using var deadline = new CallDeadline(_options.CallTimeout, _options.Time, cancellationToken);
        try
        {
            return await channel.StartAsync(
                GrpcMethod.BidiWriteObject, routing, answers, refreshToken: false, deadline.Token,
                _options.MaximumMetadataMessage).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw UploadErrors.NotStarted(uri, deadline.Limit);
        }
    }

    private async Task<GrpcStatus> AwaitAsync(
        GrpcCall call, WriteAnswers answers, ZonalUri uri, CancellationToken cancellationToken)
    {
        try
        {
            return await ProgressLimit.WaitAsync(
                answers.Completed, call, _options.CallTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw UploadErrors.Unanswered(uri, _options.CallTimeout);
        }
    }

    /// <summary>Compares what the service says that it has with what was sent.</summary>
    private static ZonalObjectInfo Confirm(Object resource, ZonalUri uri, long size, uint crc)
    {
        var info = resource.ToCheckedInfo(uri);
        if (info.Size != size)
            throw UploadErrors.OtherContent(uri, FormattableString.Invariant($"{size} bytes"), FormattableString.Invariant($"{info.Size} bytes"));
        return info.Crc32C is { } stored && stored != crc
            ? throw UploadErrors.OtherContent(uri, $"bytes of CRC32C {crc:x8}", $"CRC32C {stored:x8}")
            : info;
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

    /// <summary>Sends all of the content.</summary>
    /// <returns>How much it was, and its CRC32C.</returns>
    private async Task<(long Size, uint Crc32C)> SendAsync(
        GrpcCall call, ZonalUri uri, BidiWriteObjectRequest message, Stream content, ZonalProgress? progress,
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
            var isOpen = await SendAsync(call, uri, GrpcFraming.Frame(message), isLast, cancellationToken).ConfigureAwait(false);
            offset += count;
            if (isOpen) progress?.Add(count);
            if (!isOpen || isLast) return (offset, whole);
            message = new BidiWriteObjectRequest();
        }
    }

    /// <summary>Sends a message, for as long as the service takes any of it.</summary>
    private async Task<bool> SendAsync(
        GrpcCall call, ZonalUri uri, Memory<byte> framed, bool isLast, CancellationToken cancellationToken)
    {
        // On a pool thread: the socket of a peer that has stopped reading blocks the thread that writes to it.
        var sending = Task.Run(() => call.SendAsync(framed, isLast, cancellationToken).AsTask(), cancellationToken);
        try
        {
            return await ProgressLimit.WaitAsync(
                sending, call, _options.StallTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw UploadErrors.Stalled(uri, _options.StallTimeout);
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
                if (GrpcParsing.Parse<BidiWriteObjectResponse>(message.ToArray()).Resource is { } resource)
                    Resource = resource;
            }
            catch (InvalidProtocolBufferException e)
            {
                OnCompleted(CallErrors.Malformed("The service's answer cannot be read: " + e.Message));
            }
        }

        public void OnCompleted(GrpcStatus status) => _completed.TrySetResult(status);
    }
}

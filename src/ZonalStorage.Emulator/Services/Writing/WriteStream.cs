using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services.Writing;

/// <summary>
/// One BidiWriteObject stream on an appendable object. Data that has arrived is not yet persisted: it becomes so, and
/// readable, by a flush, by the end of the stream or when <see cref="CheckpointBytes"/> wait; a stream that breaks
/// loses what was not. Clients have to keep what they sent until persisted_size covers it.
/// </summary>
internal sealed class WriteStream(RpcCall call, BucketRegistry buckets, Statistics statistics)
{
    private const int MaxChunk = 2 << 20;
    private const long CheckpointBytes = 16 << 20;

    private readonly List<ReadOnlyMemory<byte>> _pending = [];
    private ZonalBucket _bucket = null!;
    private StoredObject _object = null!;
    private WriteTurn _turn;
    private WriteObjectSpec? _created;
    private long _pendingBytes;

    public RpcCall Call => call;

    /// <summary>Bytes of data that this stream has accepted.</summary>
    public long BytesReceived { get; private set; }

    public long Generation => _object.Generation;

    private long End => _object.Content.Length + _pendingBytes;

    public static Task RunAsync(RpcCall call, BucketRegistry buckets, Statistics statistics) =>
        new WriteStream(call, buckets, statistics).RunAsync();

    public BidiWriteHandle NewHandle() =>
        WriteHandles.Issue(_turn.Writer, _bucket.Name, _object.Name, _object.Generation);

    /// <summary>Makes everything that was accepted durable; fails for a writer that has been fenced.</summary>
    public void Persist()
    {
        if (_object.IsFinalized) throw AlreadyFinal();
        var done = _object.TryWrite(_turn, () =>
        {
            foreach (var piece in _pending) _object.Content.Append(piece.Span);
        });
        if (!done)
        {
            throw RpcFailure.Precondition($"Another writer has taken over {_bucket.Name}/{_object.Name}.");
        }

        _pending.Clear();
        _pendingBytes = 0;
    }

    private async Task RunAsync()
    {
        var first = await call.Requests.ReadAsync(BidiWriteObjectRequest.Parser, call.Token)
            ?? throw RpcFailure.Invalid("The stream ended before its first message.");
        await call.DelayAsync();
        var isResume = await OpenAsync(first);
        await call.Responses.StartAsync(call.Token);
        if (await TakeAsync(first, answerWithResource: !isResume)) return;
        while (await call.Requests.ReadAsync(BidiWriteObjectRequest.Parser, call.Token) is { } next)
        {
            await call.DelayAsync();
            if (next.FirstMessageCase != BidiWriteObjectRequest.FirstMessageOneofCase.None)
            {
                throw RpcFailure.Invalid("A specification may be sent on the first message of a stream only.");
            }

            if (await TakeAsync(next, answerWithResource: false)) return;
        }

        // Half-closed without finish_write: what came is kept, and the object stays open for appends.
        Persist();
        await SendAsync(PersistedSize());
    }

    /// <summary>Opens or makes the object; true when the same writer goes on, who gets no resource.</summary>
    private async Task<bool> OpenAsync(BidiWriteObjectRequest first)
    {
        await call.Fault.OnWriteOpenAsync(this);
        var isResume = false;
        switch (first.FirstMessageCase)
        {
            case BidiWriteObjectRequest.FirstMessageOneofCase.WriteObjectSpec:
                Create(first.WriteObjectSpec);
                break;
            case BidiWriteObjectRequest.FirstMessageOneofCase.AppendObjectSpec:
                isResume = Reopen(first.AppendObjectSpec);
                break;
            case BidiWriteObjectRequest.FirstMessageOneofCase.UploadId:
                throw new RpcFailure(StatusCode.Unimplemented, "Zonal buckets have no resumable uploads.");
            default:
                throw RpcFailure.Invalid("The first message of a stream must carry a specification.");
        }

        await call.Fault.OnWriteOpenedAsync(this);
        return isResume;
    }

    private void Create(WriteObjectSpec spec)
    {
        if (spec.Resource is null) throw RpcFailure.Invalid("write_object_spec needs a resource.");
        _bucket = buckets[call.BucketOf(spec.Resource.Bucket)];
        if (!spec.Appendable)
        {
            throw RpcFailure.Invalid("This bucket is zonal: write_object_spec must set appendable.");
        }

        _created = spec;
        _object = _bucket.Create(spec.Resource, new Preconditions(
            spec.HasIfGenerationMatch ? spec.IfGenerationMatch : null,
            spec.HasIfGenerationNotMatch ? spec.IfGenerationNotMatch : null,
            spec.HasIfMetagenerationMatch ? spec.IfMetagenerationMatch : null,
            spec.HasIfMetagenerationNotMatch ? spec.IfMetagenerationNotMatch : null));
        _turn = _object.TakeOver();
    }

    private bool Reopen(AppendObjectSpec spec)
    {
        _bucket = buckets[call.BucketOf(spec.Bucket)];
        if (spec.Generation == 0) throw RpcFailure.Invalid("append_object_spec needs the generation.");
        _object = _bucket.Get(spec.Object, spec.Generation);
        if (_object.IsFinalized) throw AlreadyFinal();
        if (spec.WriteHandle is { } handle)
        {
            _turn = WriteHandles.WriterOf(handle, _bucket.Name, spec.Object, spec.Generation) is { } writer
                && _object.Resume(writer) is { } turn
                    ? turn
                    : throw RpcFailure.Precondition("The write handle is stale: another writer has taken over.");
            return true;
        }

        new Preconditions(
            null,
            null,
            spec.HasIfMetagenerationMatch ? spec.IfMetagenerationMatch : null,
            spec.HasIfMetagenerationNotMatch ? spec.IfMetagenerationNotMatch : null).Check(_object, isRead: false);
        _turn = _object.TakeOver();
        return false;
    }

    /// <summary>Works off one message; true when it finished the object.</summary>
    private async Task<bool> TakeAsync(BidiWriteObjectRequest message, bool answerWithResource)
    {
        if (message.ChecksummedData is { } data) await AcceptAsync(message.WriteOffset, data);
        if (message.FinishWrite)
        {
            Finish(message.ObjectChecksums);
            await SendAsync(new BidiWriteObjectResponse { Resource = _object.Describe() });
            return true;
        }

        if (message.ObjectChecksums is not null)
        {
            throw RpcFailure.Invalid("object_checksums of an appendable object go with finish_write only.");
        }

        if (message.Flush || _pendingBytes >= CheckpointBytes) Persist();
        if (answerWithResource)
        {
            await SendAsync(new BidiWriteObjectResponse { Resource = _object.Describe() });
        }
        else if (message.StateLookup || message.Flush)
        {
            await SendAsync(PersistedSize());
        }

        return false;
    }

    private async Task AcceptAsync(long offset, ChecksummedData data)
    {
        if (data.Content.Length > MaxChunk)
        {
            throw RpcFailure.Invalid($"A message may carry {MaxChunk} bytes; this one carries {data.Content.Length}.");
        }

        if (data.HasCrc32C && Crc32C.Compute(data.Content.Span) is var actual && actual != data.Crc32C)
        {
            throw RpcFailure.Invalid($"The data has CRC32C {actual:x8}, the message says {data.Crc32C:x8}.");
        }

        if (offset < 0 || offset > End)
        {
            throw new RpcFailure(
                StatusCode.OutOfRange, $"write_offset {offset} leaves a gap: the object ends at {End}.");
        }

        if (End + data.Content.Length > call.Options.MaxObjectSize)
        {
            throw new RpcFailure(
                StatusCode.OutOfRange, $"The object would grow past {call.Options.MaxObjectSize} bytes (--max-size).");
        }

        // A client that resumes may send again what is here already.
        var fresh = data.Content.Memory[(int)Math.Min(End - offset, data.Content.Length)..];
        var taken = await call.Fault.OnWriteDataAsync(this, fresh.Length);
        if (taken > 0)
        {
            _pending.Add(fresh[..taken]);
            _pendingBytes += taken;
            BytesReceived += taken;
            statistics.BytesReceived(taken);
        }

        await call.Fault.OnWriteDataTakenAsync(this);
    }

    private void Finish(ObjectChecksums? expected)
    {
        Persist();
        var state = _object.Content.Now(cheaply: false);
        if (_created is { HasObjectSize: true } spec && spec.ObjectSize != state.Length)
        {
            throw new RpcFailure(
                StatusCode.OutOfRange, $"The object has {state.Length} bytes; object_size said {spec.ObjectSize}.");
        }

        if (expected is { HasCrc32C: true } && state.Crc32C is { } crc && crc != expected.Crc32C)
        {
            throw RpcFailure.Invalid($"The object has CRC32C {crc:x8}, object_checksums says {expected.Crc32C:x8}.");
        }

        if (!_bucket.TryFinalize(_object, _turn))
        {
            throw RpcFailure.Precondition($"Another writer has taken over {_bucket.Name}/{_object.Name}.");
        }
    }

    private BidiWriteObjectResponse PersistedSize()
    {
        var state = _object.Content.Now(cheaply: false);
        var answer = new BidiWriteObjectResponse { PersistedSize = state.Length };
        if (state.Crc32C is { } crc) answer.PersistedDataChecksums = new ObjectChecksums { Crc32C = crc };
        return answer;
    }

    private async Task SendAsync(BidiWriteObjectResponse answer)
    {
        if (!_object.IsFinalized) answer.WriteHandle = NewHandle();
        await call.Responses.WriteAsync(answer, call.Token);
    }

    private RpcFailure AlreadyFinal() =>
        RpcFailure.Precondition($"{_bucket.Name}/{_object.Name} is finalized; it cannot be appended to.");
}

using System.Diagnostics;
using System.Threading.Channels;
using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Shaping;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>
/// One BidiReadObject stream. A receiving task does nothing but take messages off the wire and note when they came;
/// everything else, ranges, faults and answers, belongs to the sending task, so no state is shared. Messages wait in
/// a queue of <see cref="MaxWaitingMessages"/>; then the request is no longer read and HTTP/2 holds the client back.
/// </summary>
internal sealed class ReadStream(RpcCall call, BucketRegistry buckets, Statistics statistics)
{
    private const int MaxRangesPerMessage = 100;
    private const int MaxWaitingMessages = 256;

    // No further message is looked at while this many ranges are being served.
    private const int MaxActiveRanges = 1000;

    // The service sends a fresh handle now and then; clients have to keep the latest.
    private const int ChunksPerHandle = 100;

    private readonly Channel<(long Due, BidiReadObjectRequest Message)> _incoming =
        Channel.CreateBounded<(long, BidiReadObjectRequest)>(new BoundedChannelOptions(MaxWaitingMessages)
        {
            SingleReader = true,
            SingleWriter = true,
        });

    private readonly LinkedList<ReadRangeState> _active = new();
    private readonly HashSet<long> _outstanding = [];
    private readonly OutgoingChunk _chunk = new();
    private StoredObject _object = null!;
    private ChunkEncoder _encoder = null!;
    private int _rangesSeen;
    private int _chunksSent;

    public RpcCall Call => call;

    public BidiReadObjectSpec Spec { get; private set; } = null!;

    public long BytesSent { get; private set; }

    public long Generation => _object.Generation;

    public static async Task RunAsync(RpcCall call, BucketRegistry buckets, Statistics statistics)
    {
        statistics.StreamOpened();
        try
        {
            await new ReadStream(call, buckets, statistics).RunAsync();
        }
        finally
        {
            statistics.StreamClosed();
        }
    }

    /// <summary>Sends a chunk as it is, past all faults.</summary>
    public async ValueTask SendAsync(OutgoingChunk chunk)
    {
        await _encoder.WriteAsync(chunk, call.Token);
        BytesSent += chunk.Length;
        statistics.BytesSent(chunk.Length);
    }

    public ValueTask SendAsync(BidiReadObjectResponse message) => call.Responses.WriteAsync(message, call.Token);

    public BidiReadHandle NewHandle() => ReadHandles.Issue(BucketNames.Parse(Spec.Bucket), Spec.Object, Generation);

    private async Task RunAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Token);
        var receiving = ReceiveAsync(stop.Token);
        try
        {
            await SendAllAsync();
        }
        finally
        {
            await stop.CancelAsync();
            await receiving;
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            while (await call.Requests.ReadAsync(BidiReadObjectRequest.Parser, cancellation) is { } message)
            {
                var due = PreciseDelay.After(call.Options.DelayMicroseconds);
                await _incoming.Writer.WriteAsync((due, message), cancellation);
            }

            _incoming.Writer.Complete();
        }
#pragma warning disable CA1031 // Whatever ends the request is reported by the sending task, which owns the call.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _incoming.Writer.TryComplete(e);
        }
    }

    private async Task SendAllAsync()
    {
        if (!await WaitForMessageAsync()) throw RpcFailure.Invalid("The stream ended before its first message.");
        var (due, first) = await _incoming.Reader.ReadAsync(call.Token);
        await PreciseDelay.UntilAsync(due, call.Token);
        using var content = await OpenAsync(first);
        await AcceptAsync(first);
        while (true)
        {
            while (_active.Count < MaxActiveRanges && IsMessageDue() && _incoming.Reader.TryRead(out var next))
            {
                if (next.Message.ReadObjectSpec is not null)
                {
                    throw RpcFailure.Invalid("read_object_spec may be set on the first message of a stream only.");
                }

                await AcceptAsync(next.Message);
            }

            if (_active.First is { } node)
            {
                await ServeChunkAsync(node);
                continue;
            }

            if (_incoming.Reader.TryPeek(out var waiting))
            {
                await PreciseDelay.UntilAsync(waiting.Due, call.Token);
                continue;
            }

            await call.Fault.OnReadIdleAsync(this);
            if (!await WaitForMessageAsync()) return;
        }
    }

    private bool IsMessageDue() =>
        _incoming.Reader.TryPeek(out var next) && next.Due <= Stopwatch.GetTimestamp();

    private async ValueTask<bool> WaitForMessageAsync() => await _incoming.Reader.WaitToReadAsync(call.Token);

    private async Task<IContentReader> OpenAsync(BidiReadObjectRequest first)
    {
        Spec = first.ReadObjectSpec
            ?? throw RpcFailure.Invalid("The first message of a stream must set read_object_spec.");
        var bucket = call.BucketOf(Spec.Bucket);
        _object = buckets[bucket].Get(Spec.Object, Spec.Generation);
        new Preconditions(
            Spec.HasIfGenerationMatch ? Spec.IfGenerationMatch : null,
            Spec.HasIfGenerationNotMatch ? Spec.IfGenerationNotMatch : null,
            Spec.HasIfMetagenerationMatch ? Spec.IfMetagenerationMatch : null,
            Spec.HasIfMetagenerationNotMatch ? Spec.IfMetagenerationNotMatch : null).Check(_object, isRead: true);

        await call.Fault.OnReadOpenAsync(this);

        var answer = new BidiReadObjectResponse { ReadHandle = NewHandle() };
        var knowsObject = call.Options.DirectPathHandles
            && Spec.ReadHandle is { } handle
            && ReadHandles.IsValid(handle, bucket, Spec.Object, Generation);
        if (!knowsObject) answer.Metadata = ResourceMask.Apply(Spec.ReadMask, _object.Describe());

        await call.Fault.OnReadAnswerAsync(this, answer);
        var content = _object.Content.OpenReader();
        _encoder = new ChunkEncoder(call.Responses, content);
        await call.Responses.StartAsync(call.Token);
        await SendAsync(answer);
        return content;
    }

    private async Task AcceptAsync(BidiReadObjectRequest message)
    {
        if (message.ReadRanges.Count > MaxRangesPerMessage)
        {
            throw RpcFailure.Invalid(
                $"A message may ask for {MaxRangesPerMessage} ranges; this one asks for {message.ReadRanges.Count}.");
        }

        statistics.Ranges(message.ReadRanges.Count);
        var size = _object.Content.Length;
        List<long>? bad = null;
        foreach (var range in message.ReadRanges)
        {
            if (!_outstanding.Add(range.ReadId))
            {
                throw RpcFailure.Invalid($"read_id {range.ReadId} is already outstanding on this stream.");
            }

            if (RangeRules.Resolve(range.ReadOffset, range.ReadLength, size) is not { } span)
            {
                (bad ??= []).Add(range.ReadId);
                continue;
            }

            var state = new ReadRangeState(range.ReadId, ++_rangesSeen, span.Start, span.End);
            if (await call.Fault.OnReadRangeAsync(this, state)) _active.AddLast(state);
        }

        if (bad is not null)
        {
            throw RangeRules.OutOfRange(
                bad, $"Range outside of the object: {call.Method.Name} of {Spec.Object} with {size} bytes.");
        }
    }

    private async Task ServeChunkAsync(LinkedListNode<ReadRangeState> node)
    {
        var range = node.Value;
        var length = (int)Math.Min(call.Options.ChunkSize, range.End - range.Next);
        var chunk = _chunk.Set(range.ReadId, range.Next, length, range.Next + length == range.End);
        await call.Fault.OnReadChunkAsync(this, range, chunk);
        if (!chunk.Skip) await SendAsync(chunk);
        range.Next += chunk.Length;
        await call.Fault.OnReadChunkSentAsync(this, range, chunk);
        if (chunk.RangeEnd || range.IsAbandoned)
        {
            _active.Remove(node);
            _outstanding.Remove(range.ReadId);
        }
        else if (call.Options.Interleave)
        {
            _active.Remove(node);
            _active.AddLast(node);
        }

        if (++_chunksSent % ChunksPerHandle == 0)
        {
            await SendAsync(new BidiReadObjectResponse { ReadHandle = NewHandle() });
        }
    }
}

using ZonalStorage.Emulator.Faults.Actions;
using ZonalStorage.Emulator.Faults.Kinds;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Faults;

/// <summary>The fault vocabulary. A new kind is a class and a line here; README.md carries the same table.</summary>
internal static class FaultRegistry
{
    // Data bytes that the testbench lets through before it breaks a stream.
    private const long BrokenStreamBytes = 4;

    private static readonly EndWithStatus _unavailable = EndWithStatus.Of(StatusCode.Unavailable);

    public static readonly IReadOnlyList<FaultKind> Kinds =
    [
        new("none", "Nothing; lets a call pass.", _ => new Nothing()),

        // The storage testbench's.
        new("return-{n}", "The status of HTTP code n, before anything.", a => EndWithStatus.OfHttp(a.Number), Start),
        new("return-{n}-after-{size}", "The same after so much data, either way.",
            a => new AfterBytes(a.Size, EndWithStatus.OfHttp(a.Number))),
        new("return-{n}-if-dp-enforced", "The same, if the routing header enforces DirectPath.",
            a => new IfDirectPathEnforced(EndWithStatus.OfHttp(a.Number))),
        new("return-reset-connection", "UNAVAILABLE before anything.", _ => _unavailable, Start),
        new("return-broken-stream", "4 bytes of data, then UNAVAILABLE.",
            _ => new AfterBytes(BrokenStreamBytes, _unavailable)),
        new("return-broken-stream-after-{size}", "So much data, then UNAVAILABLE.",
            a => new AfterBytes(a.Size, _unavailable)),
        new("stall-for-{time}", "Nothing for so long, then as usual.", a => new Stall(a.Time), Start),
        new("stall-for-{time}-after-{size}", "A pause after so much data.",
            a => new AfterBytes(a.Size, new Stall(a.Time))),
        new("redirect-send-token-{token}", "ABORTED with a redirect that carries a token.",
            a => new Redirect(a.Token, withHandle: false), Open),
        new("redirect-send-handle-and-token-{token}", "The same with a handle (writes: and the generation).",
            a => new Redirect(a.Token, withHandle: true), Open),
        new("redirect-expect-token-{token}", "Waits for a call that carries the token, and lets it pass.",
            a => new ExpectToken(a.Token)),

        // Ours: statuses and connections.
        new("return-status-{n}", "gRPC status n, before anything.", a => EndWithStatus.Of((StatusCode)a.Number), Start),
        new("return-status-{n}-after-{size}", "gRPC status n after so much data; 0 is OK.",
            a => new AfterBytes(a.Size, EndWithStatus.Of((StatusCode)a.Number))),
        new("return-{n}-retry-in-{time}", "The status of HTTP code n with a RetryInfo detail.",
            a => EndWithStatus.OfHttp(a.Number, a.Time), Start),
        new("abort-without-detail", "ABORTED that is no redirect, when a stream opens.",
            _ => EndWithStatus.Of(StatusCode.Aborted), Open),
        new("ok-after-{size}", "OK with work outstanding.",
            a => new AfterBytes(a.Size, EndWithStatus.Of(StatusCode.Ok))),
        new("rst-stream-{n}", "RST_STREAM with HTTP/2 code n, before anything.", a => new ResetStream(a.Number), Start),
        new("rst-stream-{n}-after-{size}", "The same after so much data.",
            a => new AfterBytes(a.Size, new ResetStream(a.Number))),
        new("drop-connection", "Closes the connection, before anything.", _ => new DropConnection(), Start),
        new("drop-connection-after-{size}", "The same after so much data.",
            a => new AfterBytes(a.Size, new DropConnection())),
        new("goaway", "GOAWAY; the call itself goes on.", _ => new SendGoAway(), Start),
        new("goaway-after-{size}", "The same after so much data.", a => new AfterBytes(a.Size, new SendGoAway())),

        // Ours: frames. From the call on, for the whole connection.
        new("cut-frame-after-{size}", "So much data, then the connection closes in the middle of the next DATA frame.",
            a => new AfterBytes(a.Size, new CutFrame())),
        new("small-frames-{size}", "DATA frames of so many bytes.", a => new WireFault(m => m.FrameSize = (int)a.Size)),
        new("padded-frames-{n}", "n bytes of padding, up to 255, on DATA and HEADERS frames.",
            a => new WireFault(m => m.Padding = a.Number)),
        new("settings-storm", "SETTINGS with changing values before every frame.", _ => new WireFault(m => m.HasStorm = true)),
        new("max-streams-{n}", "Announces that n streams are allowed, while more may be open.",
            a => new WireFault(m => m.MaxStreams = a.Number)),
        new("tiny-windows-{n}", "The client may send n bytes on a stream before it has to wait.",
            a => new WireFault(w => w.NarrowAsync(a.Number))),
        new("huge-headers-{size}", "So many bytes of header fields that mean nothing, before the answer.",
            a => new HugeHeaders(a.Size, asTrailers: false)),
        new("huge-trailers-{size}", "The same behind it.", a => new HugeHeaders(a.Size, asTrailers: true)),

        // Ours: time and routing.
        new("stall-before-data-{time}", "Opens at once, then waits before the first chunk.",
            a => new StallBeforeData(new Stall(a.Time))),
        new("stall-after-{size}-{time}", "A pause after so much data.",
            a => new AfterBytes(a.Size, new Stall(a.Time))),
        new("redirect-after-{size}-token-{token}", "So much data, then a redirect with handle and token.",
            a => new AfterBytes(a.Size, new Redirect(a.Token, withHandle: true))),
        new("redirect-loop", "Redirects every stream; stays.", _ => new RedirectLoop()),
        new("require-token-{token}", "Redirects read streams that lack the token in spec or header; stays.",
            a => new RequireToken(a.Token)),
        new("reject-handle", "FAILED_PRECONDITION for a stream with a read handle.", _ => new RejectHandle()),

        new("slow-drip-{time}", "The first MiB comes in pieces of 64 KiB, with a pause before each.", a => new SlowDrip(a.Time)),
        new("drip-empty-messages", "An empty message every 50 ms, and never any data.", _ => new DripEmptyMessages()),
        new("smaller-when-opened", "The open tells half the size, as of an object that is being appended to.",
            _ => new SmallerWhenOpened()),

        // Ours: chunks and ranges.
        new("corrupt-chunk", "A damaged byte in the first chunk.", _ => new CorruptChunk(1)),
        new("corrupt-chunk-{n}", "A damaged byte in the n-th chunk; 0 is every one.", a => new CorruptChunk(a.Number)),
        new("wrong-crc", "A wrong checksum on the first chunk.", _ => new WrongChecksum(1)),
        new("wrong-crc-{n}", "A wrong checksum on the n-th chunk; 0 is every one.", a => new WrongChecksum(a.Number)),
        new("no-crc", "No checksum on any chunk.", _ => new MissingChecksum()),
        new("wrong-object-crc", "The open tells a wrong checksum of the whole object.", _ => new WrongObjectChecksum()),
        new("range-error-{n}", "The n-th range fails with OUT_OF_RANGE when the others are done.",
            a => new RangeError(a.Number)),
        new("short-range", "The first chunk is halved and ends its range.", _ => new ShortRange()),
        new("no-range-end", "Ranges get all their data but no range_end.", _ => new NoRangeEnd()),
        new("double-range-end", "Every range ends twice.", _ => new DoubleRangeEnd()),
        new("unknown-id", "Before each chunk, one for an id that was not asked for.", _ => new UnknownId()),
        new("empty-messages", "Before each chunk, an empty message.", _ => new EmptyMessages()),
        new("misplaced-chunk", "The first chunk claims an offset 4096 too high.", _ => new MisplacedChunk()),
        new("overlapping-chunk", "A second chunk repeats the last KiB of the first.", _ => new OverlappingChunk()),
        new("duplicate-chunk", "Every chunk comes twice.", _ => new DuplicateChunk()),
        new("swapped-chunks", "The second chunk of a range comes before the first.", _ => new SwappedChunks()),
    ];

    /// <summary>A maker of fresh faults for an instruction; several joined by + happen on one call.</summary>
    public static Func<Fault>? Parse(string instruction)
    {
        var makers = instruction.Split('+').Select(ParseOne).ToList();
        if (makers.Contains(null)) return null;
        return makers.Count == 1 ? makers[0] : () => new CompositeFault([.. makers.Select(make => make!())]);
    }

    private static Func<Fault>? ParseOne(string instruction) =>
        Kinds.Select(kind => kind.Match(instruction)).FirstOrDefault(make => make is not null);

    private static AtCallStart Start(FaultAction action) => new(action);

    private static AtOpen Open(FaultAction action) => new(action);
}

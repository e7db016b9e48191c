using ZonalStorage.Diagnostics;
using ZonalStorage.Prefetching;
using ZonalStorage.Reading;
using ZonalStorage.Transfer;
using ZonalStorage.Transport;
using ZonalStorage.Writing;

namespace ZonalStorage;

/// <summary>
/// The shared way to one endpoint: connections, read streams and credentials that any number of readers use at once.
/// </summary>
/// <remarks>
/// Thread-safe. Making one touches no network; the first call connects. Sessions with equal options share their
/// connections within the process. Dispose it to close its streams; the last session of an endpoint closes the
/// connections. Disposing while reads are under way fails them with <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed class ZonalSession : IAsyncDisposable, IDisposable
{
    private static int _lastId;

    private readonly GrpcChannel _channel;
    private readonly ReadContext _context;
    private readonly MetadataClient _metadata;
    private readonly ReadClient _reads;
    private readonly ObjectUploader _uploads;
    private readonly IDisposable _meter;
    private int _isDisposed;

    private ZonalSession(ZonalSessionOptions options)
    {
        Options = options;
        Id = Interlocked.Increment(ref _lastId);
        _channel = ChannelRegistry.Acquire(options);
        _context = new ReadContext(_channel);
        _metadata = new MetadataClient(_channel);
        _reads = new ReadClient(_context, _metadata);
        _uploads = new ObjectUploader(_channel);
        _meter = ZonalMeter.Add(GetMetrics);
    }

    /// <summary>Number of the session within the process, from 1.</summary>
    public int Id { get; }

    /// <summary>What the session was made with.</summary>
    public ZonalSessionOptions Options { get; }

    /// <summary>The endpoint, as <c>scheme://host:port</c>.</summary>
    public string Endpoint => Options.Endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>True until disposed.</summary>
    public bool IsOpen => Volatile.Read(ref _isDisposed) == 0;

    /// <summary>Connections that are up now.</summary>
    public int ConnectionCount => _channel.ConnectionCount;

    /// <summary>Read streams that are open now, idle ones included.</summary>
    public int StreamCount => _context.StreamCount;

    /// <summary>Bytes of content received and checked by this session.</summary>
    public long BytesRead => _context.Counters.BytesRead;

    /// <summary>What the session has done so far and what it holds now.</summary>
    public ZonalMetrics GetMetrics()
    {
        var (counters, budget) = (_context.Counters, _context.Budget);
        return new ZonalMetrics
        {
            SessionId = Id,
            Endpoint = Endpoint,
            BytesRead = counters.BytesRead,
            BytesInFlight = _context.BytesInFlight,
            Streams = StreamCount,
            Connections = ConnectionCount,
            ReadAheadHitBytes = counters.ReadAheadHits,
            ReadAheadWastedBytes = counters.ReadAheadWasted,
            CopiesInline = Math.Max(0, counters.Chunks - counters.HandedOver),
            CopiesHandedOver = counters.HandedOver,
            Retries = counters.Retries,
            Redirects = counters.Redirects,
            RangesAskedAgain = counters.RangesAskedAgain,
            UncheckedChunks = counters.UncheckedChunks,
            Hedges = counters.Hedges,
            MemoryBudget = budget.Limit,
            MemoryInUse = budget.Used,
            MemoryPooled = budget.Pooled,
            MemoryPeak = budget.Peak,
        };
    }

    /// <summary>Read streams that broke, were redirected or stalled, and were replaced where work was left.</summary>
    public long BrokenStreams => _context.Counters.BrokenStreams;

    /// <summary>Ranges that were asked for a second time, see <see cref="ZonalSessionOptions.HedgeAfter"/>.</summary>
    public long Hedges => _context.Counters.Hedges;

    /// <summary>Makes a session; touches no network.</summary>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public static ZonalSession Create(ZonalSessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new ZonalSession(options);
    }

    /// <summary>
    /// Options for where this process is told to go: <c>STORAGE_EMULATOR_HOST_GRPC</c>, else <c>STORAGE_EMULATOR_HOST</c>
    /// where it is an <c>http://</c> address, both without credentials; else the service with application default
    /// credentials. <c>HTTPS_PROXY</c>/<c>NO_PROXY</c> are honoured for the latter.
    /// </summary>
    /// <param name="cancellationToken">Ends the search for credentials.</param>
    /// <returns>Options, to be changed by <c>with</c> where needed.</returns>
    /// <exception cref="ZonalException"><c>CredentialsNotFound</c>.</exception>
    public static Task<ZonalSessionOptions> GetEnvironmentOptionsAsync(CancellationToken cancellationToken = default) =>
        EnvironmentOptions.FindAsync(cancellationToken);

    /// <summary>The proxy that <c>HTTPS_PROXY</c> and <c>NO_PROXY</c> name for an endpoint; null for none.</summary>
    /// <exception cref="ArgumentException"><c>HTTPS_PROXY</c> is no <c>http://</c> address.</exception>
    public static Uri? FindEnvironmentProxy(Uri endpoint) => EnvironmentOptions.FindProxy(endpoint);

    /// <summary>Connects now instead of at the first call, so that a wrong endpoint shows at once.</summary>
    /// <exception cref="ZonalException">
    /// <c>EndpointUnreachable</c>, <c>EndpointNotHttp2</c>, <c>CertificateRejected</c>, <c>ProxyRefused</c>.
    /// </exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default) => Checked()._channel.ConnectAsync(cancellationToken);

    /// <summary>Opens an object for reads at any place; one round trip.</summary>
    /// <param name="uri">The object; its live generation is pinned if it names none.</param>
    /// <param name="options">How it reads ahead; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ZonalException"><c>ObjectNotFound</c>, <c>BucketNotFound</c>, and what a connection may throw.</exception>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public async Task<ZonalObjectReader> OpenAsync(
        ZonalUri uri, ZonalReaderOptions? options, CancellationToken cancellationToken = default)
    {
        options ??= new ZonalReaderOptions();
        options.Validate();
        var source = await Checked()._reads.OpenAsync(uri, [], cancellationToken).ConfigureAwait(false);
        return new ZonalObjectReader(new ReadAheadReader(source, options, _context));
    }

    /// <inheritdoc cref="OpenAsync(ZonalUri, ZonalReaderOptions?, CancellationToken)"/>
    public Task<ZonalObjectReader> OpenAsync(ZonalUri uri, CancellationToken cancellationToken = default) =>
        OpenAsync(uri, options: null, cancellationToken);

    /// <summary>Opens an object as a seekable stream; one round trip.</summary>
    /// <inheritdoc cref="OpenAsync(ZonalUri, ZonalReaderOptions?, CancellationToken)"/>
    public async Task<ZonalObjectStream> OpenStreamAsync(
        ZonalUri uri, ZonalReaderOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await OpenAsync(uri, options, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a whole object, or a slice of it, into one new array.</summary>
    /// <param name="uri">The object.</param>
    /// <param name="range">Slice, clamped to the object as <see cref="ByteRange.Resolve"/> says; default all.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; no byte is handed out then.</param>
    /// <exception cref="ZonalException">As <see cref="OpenAsync(ZonalUri, ZonalReaderOptions?, CancellationToken)"/>; <c>ObjectTooLarge</c> over 2 GiB; <c>RangeOutOfBounds</c>.</exception>
    public Task<byte[]> ReadAsync(
        ZonalUri uri, ByteRange range = default, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        Checked()._reads.ReadAsync(uri, range, progress, cancellationToken);

    /// <summary>Reads many ranges of one object in one batch.</summary>
    /// <returns>One result a range, in the order asked; each as soon as it and those before it are there.</returns>
    /// <remarks>
    /// Never throws for a range that fails: its result carries the error. An object that cannot be opened gives every
    /// range that error.
    /// </remarks>
    public IAsyncEnumerable<ZonalRangeResult> ReadRangesAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        Checked().MakeBatch().ReadAsync(uri, ranges, progress, cancellationToken);

    /// <summary>
    /// Brings an object, or a slice of it, to a file: written as <c>PATH.partial</c>, checked against the object's size
    /// and CRC32C, then renamed.
    /// </summary>
    /// <exception cref="ZonalException">As <see cref="ReadAsync"/>; <c>DestinationExists</c>.</exception>
    /// <exception cref="IOException">The disk is full, the folder is read-only, and the like.</exception>
    public Task<ZonalTransferResult> DownloadAsync(
        ZonalUri uri, string path, ZonalDownloadOptions? options = null, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        new FileDownload(Checked()._reads, _context, uri, path, options ?? new ZonalDownloadOptions()).RunAsync(
            progress, cancellationToken);

    /// <summary>Brings ranges of an object to a file, one after another, as <see cref="DownloadAsync"/> does with one.</summary>
    /// <param name="uri">The object; every range is of the same generation.</param>
    /// <param name="ranges">In the order in which they are written; each is clamped as <see cref="ByteRange.Resolve"/> says.</param>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Replace an existing file; otherwise it is an error.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>What was written; the CRC32C is that of the file.</returns>
    /// <exception cref="ZonalException">As <see cref="DownloadAsync"/>; if a range fails, nothing is left.</exception>
    public Task<ZonalTransferResult> DownloadRangesAsync(
        ZonalUri uri, IReadOnlyList<ByteRange> ranges, string path, bool overwrite = false, ZonalProgress? progress = null,
        CancellationToken cancellationToken = default) =>
        new RangesDownload(Checked()._reads, MakeBatch(), path, overwrite).RunAsync(uri, ranges, progress, cancellationToken);

    /// <summary>Metadata of one object.</summary>
    /// <exception cref="ZonalException"><c>ObjectNotFound</c>, <c>BucketNotFound</c>, <c>PermissionDenied</c>, ….</exception>
    public Task<ZonalObjectInfo> GetObjectInfoAsync(ZonalUri uri, CancellationToken cancellationToken = default) =>
        Checked()._metadata.GetObjectAsync(uri, cancellationToken);

    /// <summary>Lists a bucket; each page is handed out as it arrives.</summary>
    /// <remarks>
    /// An entry that cannot be (a name that no object has, a negative size, another bucket's object) is left out, and the
    /// listing goes on; it ends with <c>WrongObject</c>, which names the first such entries, after all others were handed out.
    /// </remarks>
    /// <exception cref="ZonalException">
    /// <c>BucketNotFound</c>, <c>PermissionDenied</c>, …; <c>ListingEndless</c> if the service's pages never end.
    /// </exception>
    public IAsyncEnumerable<ZonalObjectInfo> ListObjectsAsync(
        string bucket, ZonalListOptions? options = null, CancellationToken cancellationToken = default) =>
        Checked()._metadata.ListObjectsAsync(
            new ZonalUri(bucket, ""), options ?? new ZonalListOptions(), cancellationToken);

    /// <summary>Buckets of a project.</summary>
    public IAsyncEnumerable<ZonalBucketInfo> ListBucketsAsync(
        string project, string prefix = "", CancellationToken cancellationToken = default) =>
        Checked()._metadata.ListBucketsAsync(project, prefix, cancellationToken);

    /// <summary>Location, zone and kind of a bucket.</summary>
    /// <exception cref="ZonalException"><c>BucketNotFound</c>, <c>PermissionDenied</c>, ….</exception>
    public Task<ZonalBucketInfo> GetBucketAsync(string bucket, CancellationToken cancellationToken = default) =>
        Checked()._metadata.GetBucketAsync(new ZonalUri(bucket, ""), cancellationToken);

    /// <summary>Uploads a stream as a finalized object.</summary>
    /// <param name="uri">The object; a generation is refused.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="contentType">Media type; null for <c>application/octet-stream</c>.</param>
    /// <param name="ifGenerationMatch">Only if this is the live generation; 0: only if there is none; null: replace.</param>
    /// <param name="progress">Counters to follow; null for none.</param>
    /// <param name="cancellationToken">Cancels; an unfinalized object may remain.</param>
    public Task<ZonalObjectInfo> UploadAsync(
        ZonalUri uri, Stream content, string? contentType = null, long? ifGenerationMatch = null,
        ZonalProgress? progress = null, CancellationToken cancellationToken = default) =>
        Checked()._uploads.UploadAsync(uri, content, contentType, ifGenerationMatch, progress, cancellationToken);

    /// <summary>Deletes an object.</summary>
    public Task DeleteObjectAsync(ZonalUri uri, CancellationToken cancellationToken = default) =>
        Checked()._metadata.DeleteObjectAsync(uri, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Closes the session's streams, and the connections if no other session uses them; bounded in time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _meter.Dispose();
        _uploads.Dispose();
        _context.Dispose();
        await ChannelRegistry.ReleaseAsync(_channel).ConfigureAwait(false);
    }

    private RangeBatch MakeBatch() => new(_reads, _context);

    private ZonalSession Checked()
    {
        ObjectDisposedException.ThrowIf(!IsOpen, this);
        return this;
    }
}

using Xunit;

namespace ZonalStorage.Tests.Engine.Silence;

/// <summary>What an operation is tried on.</summary>
internal sealed record OperationStage(ZonalSession Session, ZonalObjectReader? Opened, string Folder)
{
    public static readonly ZonalUri Uri = new("zonal-bucket", "a/name");

    public ZonalObjectReader Reader => Opened!;

    public ZonalObjectStream Stream => new(Opened!);

    public string Path => System.IO.Path.Combine(Folder, "file");
}

/// <summary>One public operation.</summary>
/// <param name="Name">Type and method, with its parameters' types.</param>
/// <param name="RunAsync">Runs it; throws what it reports.</param>
internal sealed record PublicOperation(string Name, Func<OperationStage, Task> RunAsync)
{
    /// <summary>True for those of an object that was opened before the server fell silent.</summary>
    public bool NeedsOpened => !Name.StartsWith(nameof(ZonalSession), StringComparison.Ordinal);

    /// <summary>True for those that want nothing, or no answer, of the server.</summary>
    public bool MayEndWell { get; init; }
}

/// <summary>Every public operation that may wait for a server.</summary>
internal static class PublicOperations
{
    private static readonly ByteRange _range = new(5 << 20, 100_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static IReadOnlyList<PublicOperation> All { get; } =
    [
        new("ZonalSession.ConnectAsync(CancellationToken)", static s => s.Session.ConnectAsync(Stop)) { MayEndWell = true },
        new("ZonalSession.OpenAsync(ZonalUri, ZonalReaderOptions, CancellationToken)", static s =>
            s.Session.OpenAsync(OperationStage.Uri, new ZonalReaderOptions(), Stop)),
        new("ZonalSession.OpenAsync(ZonalUri, CancellationToken)", static s => s.Session.OpenAsync(OperationStage.Uri, Stop)),
        new("ZonalSession.OpenStreamAsync(ZonalUri, ZonalReaderOptions, CancellationToken)", static s =>
            s.Session.OpenStreamAsync(OperationStage.Uri, cancellationToken: Stop)),
        new("ZonalSession.ReadAsync(ZonalUri, ByteRange, ZonalProgress, CancellationToken)", static s =>
            s.Session.ReadAsync(OperationStage.Uri, cancellationToken: Stop)),
        new("ZonalSession.ReadRangesAsync(ZonalUri, IReadOnlyList, ZonalProgress, CancellationToken)", static async s =>
        {
            await foreach (var result in s.Session.ReadRangesAsync(OperationStage.Uri, [_range, new ByteRange(0, 10)], cancellationToken: Stop))
                throw result.Error ?? throw new InvalidOperationException("a range was read");
        }),
        new("ZonalSession.DownloadAsync(ZonalUri, String, ZonalDownloadOptions, ZonalProgress, CancellationToken)", static s =>
            s.Session.DownloadAsync(OperationStage.Uri, s.Path, cancellationToken: Stop)),
        new("ZonalSession.DownloadRangesAsync(ZonalUri, IReadOnlyList, String, Boolean, ZonalProgress, CancellationToken)", static s =>
            s.Session.DownloadRangesAsync(OperationStage.Uri, [_range], s.Path, cancellationToken: Stop)),
        new("ZonalSession.GetObjectInfoAsync(ZonalUri, CancellationToken)", static s =>
            s.Session.GetObjectInfoAsync(OperationStage.Uri, Stop)),
        new("ZonalSession.ListObjectsAsync(String, ZonalListOptions, CancellationToken)", static s =>
            WalkAsync(s.Session.ListObjectsAsync("zonal-bucket", cancellationToken: Stop))),
        new("ZonalSession.ListBucketsAsync(String, String, CancellationToken)", static s =>
            WalkAsync(s.Session.ListBucketsAsync("my-project", cancellationToken: Stop))),
        new("ZonalSession.GetBucketAsync(String, CancellationToken)", static s => s.Session.GetBucketAsync("zonal-bucket", Stop)),
        new("ZonalSession.UploadAsync(ZonalUri, Stream, String, Nullable, ZonalProgress, CancellationToken)", static s =>
            s.Session.UploadAsync(OperationStage.Uri, new MemoryStream(new byte[3 << 20]), cancellationToken: Stop)),
        new("ZonalSession.DeleteObjectAsync(ZonalUri, CancellationToken)", static s =>
            s.Session.DeleteObjectAsync(OperationStage.Uri, Stop)),
        new("ZonalSession.Dispose()", static s => Task.Run(s.Session.Dispose, Stop)) { MayEndWell = true },
        new("ZonalSession.DisposeAsync()", static s => s.Session.DisposeAsync().AsTask()) { MayEndWell = true },

        new("ZonalObjectReader.ReadAsync(Int64, Memory, ZonalProgress, CancellationToken)", static s =>
            s.Reader.ReadAsync(5 << 20, new byte[100_000], cancellationToken: Stop).AsTask()),
        new("ZonalObjectReader.ReadAsync(ByteRange, ZonalProgress, CancellationToken)", static s =>
            s.Reader.ReadAsync(_range, cancellationToken: Stop)),
        new("ZonalObjectReader.ReadAsync(IReadOnlyList, Memory, ZonalProgress, CancellationToken)", static s =>
            s.Reader.ReadAsync([_range, new ByteRange(0, 10)], new byte[100_010], cancellationToken: Stop)),
        new("ZonalObjectReader.DisposeAsync()", static s => s.Reader.DisposeAsync().AsTask()) { MayEndWell = true },

        new("ZonalObjectStream.ReadAsync(Memory, CancellationToken)", static s => s.Stream.ReadAsync(new byte[1000], Stop).AsTask()),
        new("ZonalObjectStream.ReadAsync(Byte[], Int32, Int32, CancellationToken)", static s =>
            s.Stream.ReadAsync(new byte[1000], 0, 1000, Stop)),
        new("ZonalObjectStream.Read(Byte[], Int32, Int32)", static s => Task.Run(() => s.Stream.Read(new byte[1000], 0, 1000), Stop)),
        new("ZonalObjectStream.Read(Span)", static s => Task.Run(() => s.Stream.Read(new byte[1000].AsSpan()), Stop)),
        new("ZonalObjectStream.ReadByte()", static s => Task.Run(s.Stream.ReadByte, Stop)),
        new("ZonalObjectStream.CopyTo(Stream, Int32)", static s => Task.Run(() => s.Stream.CopyTo(Stream.Null, 1000), Stop)),
        new("ZonalObjectStream.CopyToAsync(Stream, Int32, CancellationToken)", static s => s.Stream.CopyToAsync(Stream.Null, 1000, Stop)),
        new("ZonalObjectStream.DisposeAsync()", static s => s.Stream.DisposeAsync().AsTask()) { MayEndWell = true },
    ];

    private static async Task WalkAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var item in items) throw new InvalidOperationException($"{item} was listed");
    }
}

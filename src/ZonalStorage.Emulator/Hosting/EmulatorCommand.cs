using System.CommandLine;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>The command line.</summary>
internal static class EmulatorCommand
{
    private static readonly Option<int> Port = new("--port") { Description = "Port of the gRPC service; 0 takes any free one." };
    private static readonly Option<int> AdminPort = new("--admin-port") { Description = "Port of the HTTP/1.1 administration; 0 takes any free one." };
    private static readonly Option<bool> Tls = new("--tls") { Description = "Serve TLS with a throw-away certificate." };
    private static readonly Option<string?> CertificateFile = new("--certificate-file") { Description = "Where to write the authority (PEM) that clients have to trust with --tls." };
    private static readonly Option<string[]> Buckets = new("--bucket") { Description = "A bucket that exists; repeatable. Default: the subfolders of --folder, else zonal-bucket." };
    private static readonly Option<bool> AnyBucket = new("--any-bucket") { Description = "Every bucket name exists." };
    private static readonly Option<string?> Folder = new("--folder") { Description = "Keep objects as files under FOLDER/BUCKET instead of in memory." };
    private static readonly Option<string> Zone = new("--zone") { Description = "The zone that the buckets lie in.", DefaultValueFactory = _ => "us-central1-a" };
    private static readonly Option<long> Delay = new("--delay-us") { Description = "Microseconds that each request message takes to arrive." };
    private static readonly Option<long> StreamBandwidth = Size("--bandwidth-per-stream", "Bytes per second of one stream; 0 is unlimited.", 0);
    private static readonly Option<long> ConnectionBandwidth = Size("--bandwidth-per-connection", "Bytes per second of one connection; 0 is unlimited.", 0);
    private static readonly Option<string?> RequireToken = new("--require-token") { Description = "Refuse calls without 'authorization: Bearer TOKEN'." };
    private static readonly Option<long> MaxSize = Size("--max-size", "The largest object, stored or synthetic.", 5L << 40);
    private static readonly Option<int?> ParentPid = new("--parent-pid") { Description = "Exit when this process ends." };
    private static readonly Option<long> ChunkSize = Size("--chunk-size", "The largest piece of data in one answer, up to 2m.", 2 << 20);
    private static readonly Option<bool> Interleave = new("--interleave") { Description = "Rotate between the ranges of a stream, chunk by chunk." };
    private static readonly Option<bool> DirectPathHandles = new("--directpath-handles") { Description = "Honour read handles: answer an open that brings one without metadata." };
    private static readonly Option<bool> DoubleRangeEnd = new("--double-range-end") { Description = "End every range twice, as the storage testbench does." };
    private static readonly Option<int> MaxStreams = new("--max-streams") { Description = "Streams that one connection may have open.", DefaultValueFactory = _ => 100 };

    public static RootCommand Create()
    {
        var command = new RootCommand("A local zonal bucket service (google.storage.v2 over gRPC), on loopback only.")
        {
            Port, AdminPort, Tls, CertificateFile, Buckets, AnyBucket, Folder, Zone, Delay, StreamBandwidth,
            ConnectionBandwidth, RequireToken, MaxSize, ParentPid, ChunkSize, Interleave, DirectPathHandles,
            DoubleRangeEnd, MaxStreams,
        };
        Require(ChunkSize, size => size is >= 1 and <= 2 << 20, "--chunk-size must be from 1 to 2m.");
        Require(MaxStreams, streams => streams >= 1, "--max-streams must be at least 1.");
        Require(Delay, delay => delay >= 0, "--delay-us must not be negative.");
        Require(Port, port => port is >= 0 and <= 65535, "--port must be from 0 to 65535.");
        Require(AdminPort, port => port is >= 0 and <= 65535, "--admin-port must be from 0 to 65535.");
        command.SetAction((parsed, cancellation) => EmulatorProcess.RunAsync(Bind(parsed), cancellation));
        return command;
    }

    private static void Require<T>(Option<T> option, Predicate<T> rule, string message) =>
        option.Validators.Add(result =>
        {
            if (!result.Implicit && !rule(result.GetValueOrDefault<T>()!)) result.AddError(message);
        });

    private static EmulatorOptions Bind(ParseResult parsed)
    {
        return new EmulatorOptions
        {
            Port = parsed.GetValue(Port),
            AdminPort = parsed.GetValue(AdminPort),
            Tls = parsed.GetValue(Tls),
            CertificateFile = parsed.GetValue(CertificateFile),
            Buckets = parsed.GetValue(Buckets) ?? [],
            AnyBucket = parsed.GetValue(AnyBucket),
            Folder = parsed.GetValue(Folder) is { } folder ? Path.GetFullPath(folder) : null,
            Zone = parsed.GetValue(Zone)!,
            DelayMicroseconds = parsed.GetValue(Delay),
            BandwidthPerStream = parsed.GetValue(StreamBandwidth),
            BandwidthPerConnection = parsed.GetValue(ConnectionBandwidth),
            RequiredToken = parsed.GetValue(RequireToken),
            MaxObjectSize = parsed.GetValue(MaxSize),
            ParentPid = parsed.GetValue(ParentPid),
            ChunkSize = (int)parsed.GetValue(ChunkSize),
            Interleave = parsed.GetValue(Interleave),
            DirectPathHandles = parsed.GetValue(DirectPathHandles),
            DoubleRangeEnd = parsed.GetValue(DoubleRangeEnd),
            MaxStreams = parsed.GetValue(MaxStreams),
        };
    }

    private static Option<long> Size(string name, string description, long otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            if (ByteSize.TryParse(result.Tokens[0].Value, out var bytes)) return bytes;
            result.AddError($"{name} takes a size such as 65536, 512k, 2m or 1g.");
            return 0;
        },
    };
}

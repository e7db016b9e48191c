using System.CommandLine;
using ZonalStorage.Emulator.Faults;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>The command line.</summary>
internal static class EmulatorCommand
{
    private static readonly Option<int> _port = new("--port")
    {
        Description = "Port of the gRPC service; 0 takes any free one.",
    };

    private static readonly Option<int> _adminPort = new("--admin-port")
    {
        Description = "Port of the HTTP/1.1 administration; 0 takes any free one.",
    };

    private static readonly Option<bool> _tls = new("--tls")
    {
        Description = "Serve TLS with a throw-away certificate.",
    };

    private static readonly Option<string?> _certificateFile = new("--certificate-file")
    {
        Description = "Where to write the authority (PEM) that clients have to trust with --tls.",
    };

    private static readonly Option<string[]> _buckets = new("--bucket")
    {
        Description = "A bucket that exists; repeatable. Default: the subfolders of --folder, else zonal-bucket.",
    };

    private static readonly Option<bool> _anyBucket = new("--any-bucket")
    {
        Description = "Every bucket name exists.",
    };

    private static readonly Option<string?> _folder = new("--folder")
    {
        Description = "Keep objects as files under FOLDER/BUCKET instead of in memory.",
    };

    private static readonly Option<string> _zone = new("--zone")
    {
        Description = "The zone that the buckets lie in.",
        DefaultValueFactory = _ => "us-central1-a",
    };

    private static readonly Option<long> _delay = new("--delay-us")
    {
        Description = "Microseconds that each request message takes to arrive.",
    };

    private static readonly Option<long> _streamBandwidth =
        Size("--bandwidth-per-stream", "Bytes per second of one stream's answers; 0 is unlimited.", 0);

    private static readonly Option<long> _connectionBandwidth =
        Size("--bandwidth-per-connection", "Bytes per second of one connection's answers; 0 is unlimited.", 0);

    private static readonly Option<string?> _requireToken = new("--require-token")
    {
        Description = "Refuse calls without 'authorization: Bearer TOKEN'.",
    };

    private static readonly Option<long> _maxSize =
        Size("--max-size", "The largest object, stored or synthetic.", 5L << 40);

    private static readonly Option<int?> _parentPid = new("--parent-pid")
    {
        Description = "Exit when this process ends.",
    };

    private static readonly Option<long> _chunkSize =
        Size("--chunk-size", "The largest piece of data in one answer, up to 2m.", 2 << 20);

    private static readonly Option<bool> _interleave = new("--interleave")
    {
        Description = "Rotate between the ranges of a stream, chunk by chunk.",
    };

    private static readonly Option<bool> _directPathHandles = new("--directpath-handles")
    {
        Description = "Honour read handles: answer an open that brings one without metadata.",
    };

    private static readonly Option<bool> _doubleRangeEnd = new("--double-range-end")
    {
        Description = "End every range twice, as the storage testbench does.",
    };

    private static readonly Option<int> _maxStreams = new("--max-streams")
    {
        Description = "Streams that one connection may have open.",
        DefaultValueFactory = _ => 100,
    };

    private static readonly Option<TlsFault?> _tlsFault = new("--tls-fault")
    {
        Description = "What is wrong with TLS: expired, wrong-name, no-http2, hang-up.",
        CustomParser = static result =>
        {
            if (Enum.TryParse<TlsFault>(
                result.Tokens[0].Value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var fault))
            {
                return fault;
            }

            result.AddError("--tls-fault takes expired, wrong-name, no-http2 or hang-up.");
            return null;
        },
    };

    private static readonly Option<string[]> _faults = new("--fault")
    {
        Description = "A fault for read calls that carry no retry test id; repeatable, one call each.",
    };

    private static readonly Option<double?> _faultRate = new("--fault-rate")
    {
        Description = "Share of read calls, 0 to 1, that suffer one of the faults, instead of one call each.",
    };

    private static readonly Option<int> _faultSeed = new("--fault-seed")
    {
        Description = "Chooses which calls those are.",
    };

    public static RootCommand Create()
    {
        var command = new RootCommand("A local zonal bucket service (google.storage.v2 over gRPC), on loopback only.")
        {
            _port, _adminPort, _tls, _certificateFile, _buckets, _anyBucket, _folder, _zone, _delay, _streamBandwidth,
            _connectionBandwidth, _requireToken, _maxSize, _parentPid, _chunkSize, _interleave, _directPathHandles,
            _doubleRangeEnd, _maxStreams, _tlsFault, _faults, _faultRate, _faultSeed,
        };
        Require(_chunkSize, size => size is >= 1 and <= 2 << 20, "--chunk-size must be from 1 to 2m.");
        Require(_maxStreams, streams => streams >= 1, "--max-streams must be at least 1.");
        Require(_faultRate, rate => rate is >= 0 and <= 1, "--fault-rate must be from 0 to 1.");
        _faults.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens)
            {
                if (FaultRegistry.Parse(token.Value) is null) result.AddError($"'{token.Value}' is not a known fault.");
            }
        });
        Require(_delay, delay => delay >= 0, "--delay-us must not be negative.");
        Require(_port, port => port is >= 0 and <= 65535, "--port must be from 0 to 65535.");
        Require(_adminPort, port => port is >= 0 and <= 65535, "--admin-port must be from 0 to 65535.");
        command.SetAction((parsed, cancellation) => EmulatorProcess.RunAsync(Bind(parsed), cancellation));
        return command;
    }

    private static void Require<T>(Option<T> option, Predicate<T> rule, string message) =>
        option.Validators.Add(result =>
        {
            if (!result.Implicit && !rule(result.GetValueOrDefault<T>()!)) result.AddError(message);
        });

    private static EmulatorOptions Bind(ParseResult parsed) => new()
    {
        Port = parsed.GetValue(_port),
        AdminPort = parsed.GetValue(_adminPort),
        Tls = parsed.GetValue(_tls),
        CertificateFile = FullPath(parsed.GetValue(_certificateFile)),
        Buckets = parsed.GetValue(_buckets) ?? [],
        AnyBucket = parsed.GetValue(_anyBucket),
        Folder = FullPath(parsed.GetValue(_folder)),
        Zone = parsed.GetValue(_zone)!,
        DelayMicroseconds = parsed.GetValue(_delay),
        BandwidthPerStream = parsed.GetValue(_streamBandwidth),
        BandwidthPerConnection = parsed.GetValue(_connectionBandwidth),
        RequiredToken = parsed.GetValue(_requireToken),
        MaxObjectSize = parsed.GetValue(_maxSize),
        ParentPid = parsed.GetValue(_parentPid),
        ChunkSize = (int)parsed.GetValue(_chunkSize),
        Interleave = parsed.GetValue(_interleave),
        DirectPathHandles = parsed.GetValue(_directPathHandles),
        DoubleRangeEnd = parsed.GetValue(_doubleRangeEnd),
        MaxStreams = parsed.GetValue(_maxStreams),
        TlsFault = parsed.GetValue(_tlsFault),
        Faults = parsed.GetValue(_faults) ?? [],
        FaultRate = parsed.GetValue(_faultRate),
        FaultSeed = parsed.GetValue(_faultSeed),
    };

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

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

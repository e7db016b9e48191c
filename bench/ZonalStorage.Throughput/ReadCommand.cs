using System.CommandLine;
using System.Globalization;

namespace ZonalStorage.Throughput;

/// <summary>The <c>read</c> command: its options, and what runs for them.</summary>
internal static class ReadCommand
{
    public static Command Create()
    {
        var endpoint = new Option<Uri>("--endpoint")
        {
            Required = true,
            Description = "http://HOST:PORT or https://HOST:PORT.",
            CustomParser = static r => new Uri(
                r.Tokens[0].Value.Contains("://", StringComparison.Ordinal) ? r.Tokens[0].Value : "http://" + r.Tokens[0].Value),
        };
        var bucket = new Option<string>("--bucket") { DefaultValueFactory = static _ => "zonal-bucket" };
        var name = new Option<string>("--object") { Required = true };
        var pattern = new Option<string>("--pattern") { DefaultValueFactory = static _ => "whole" };
        pattern.AcceptOnlyFromAmong("whole", "seq", "rand", "strided", "interleaved", "backward", "ranges", "ranges-into");
        var ioSize = new Option<long>("--io-size")
        {
            Description = "Bytes of one read: 4096, 64k, 16MB, 1GiB.",
            DefaultValueFactory = static _ => 16 << 20,
            CustomParser = static r => ParseSize(r.Tokens[0].Value),
        };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = static _ => 5 };
        var passes = new Option<int>("--passes") { Description = "whole: times that the object is read; 0 goes by seconds." };
        var depth = new Option<int>("--depth") { Description = "Reads outstanding at a time.", DefaultValueFactory = static _ => 1 };
        var concurrency = new Option<int>("--concurrency") { Description = "Parts of one read.", DefaultValueFactory = static _ => 4 };
        var connections = new Option<int>("--connections") { Description = "0: the engine's default." };
        var streams = new Option<int>("--streams") { Description = "Streams of one object.", DefaultValueFactory = static _ => 4 };
        var prefetch = new Option<string>("--prefetch") { DefaultValueFactory = static _ => "off" };
        prefetch.AcceptOnlyFromAmong("on", "off");
        var batch = new Option<int>("--batch") { Description = "Ranges of one batch.", DefaultValueFactory = static _ => 10_000 };
        var to = new Option<string>("--to") { Description = "memory, null or a file.", DefaultValueFactory = static _ => "memory" };
        var verify = new Option<string?>("--verify") { Description = "splitmix: check every byte against the formula." };
        verify.AcceptOnlyFromAmong("splitmix");
        var authority = new Option<string?>("--ca") { Description = "PEM file of the authority to trust." };

        var command = new Command("read", "Reads an object again and again and prints one line of JSON.")
        {
            endpoint, bucket, name, pattern, ioSize, seconds, passes, depth, concurrency, connections, streams, prefetch,
            batch, to, verify, authority,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var parameters = new ReadParameters
            {
                Endpoint = result.GetRequiredValue(endpoint),
                Bucket = result.GetRequiredValue(bucket),
                Object = result.GetRequiredValue(name),
                Pattern = result.GetRequiredValue(pattern),
                IoSize = result.GetValue(ioSize),
                Seconds = result.GetValue(seconds),
                Passes = result.GetValue(passes),
                Depth = result.GetValue(depth),
                Concurrency = result.GetValue(concurrency),
                Connections = result.GetValue(connections),
                Streams = result.GetValue(streams),
                Batch = result.GetValue(batch),
                Prefetch = result.GetValue(prefetch) == "on",
                To = result.GetRequiredValue(to),
                Verify = result.GetValue(verify) is not null,
                CertificateAuthorityFile = result.GetValue(authority),
            };
            try
            {
                Console.WriteLine(await ReadBench.RunAsync(parameters, cancellationToken));
                return 0;
            }
            catch (Exception e) when (e is ZonalException or ArgumentException or FormatException or InvalidDataException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });
        return command;
    }

    /// <summary>
    /// Bytes of <c>16MB</c>, <c>64k</c>, <c>1GiB</c>: every unit is a power of 1024, as in PowerShell.
    /// </summary>
    internal static long ParseSize(string text)
    {
        var digits = text.TrimEnd('b', 'B', 'i', 'I');
        var factor = char.ToLowerInvariant(digits[^1]) switch
        {
            'k' => 1L << 10,
            'm' => 1L << 20,
            'g' => 1L << 30,
            _ => 1L,
        };
        if (factor > 1) digits = digits[..^1];
        return (long)(double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture) * factor);
    }
}

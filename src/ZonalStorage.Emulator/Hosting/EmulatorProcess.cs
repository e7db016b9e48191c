using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using ZonalStorage.Emulator.Storage;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>Runs the service until a signal, or until the process that wanted it is gone.</summary>
internal static class EmulatorProcess
{
    public static async Task<int> RunAsync(EmulatorOptions options, CancellationToken cancellation)
    {
        var certificate = options.Tls ? ServerCertificate.Create(options.TlsFault) : null;
        if (certificate is not null && options.CertificateFile is { } path)
        {
            await File.WriteAllTextAsync(path, certificate.AuthorityPem, cancellation);
        }

        await using var app = EmulatorServer.Build(options, certificate);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        await Console.Out.WriteLineAsync(StartLine(app, options));
        await Console.Out.FlushAsync(cancellation);
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    /// <summary>The one line on standard output: where the service listens.</summary>
    private static string StartLine(WebApplication app, EmulatorOptions options)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => new Uri(address)).ToList();
        return JsonSerializer.Serialize(new
        {
            endpoint = $"{(options.Tls ? "https" : "http")}://127.0.0.1:{addresses[0].Port}",
            grpc = $"127.0.0.1:{addresses[0].Port}",
            admin = $"http://127.0.0.1:{addresses[1].Port}",
            pid = Environment.ProcessId,
            buckets = app.Services.GetRequiredService<BucketRegistry>().All.Select(b => b.Name).ToArray(),
            certificate = options.Tls ? options.CertificateFile : null,
        });
    }
}

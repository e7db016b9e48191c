using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ZonalStorage.Emulator.Admin;
using ZonalStorage.Emulator.Faults;
using ZonalStorage.Emulator.Grpc;
using ZonalStorage.Emulator.Services;
using ZonalStorage.Emulator.Shaping;
using ZonalStorage.Emulator.Storage;
using ZonalStorage.Emulator.Wire;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>Builds the web host: one HTTP/2 port that speaks gRPC, one HTTP/1.1 port for administration.</summary>
internal static class EmulatorServer
{
    private const int Window = 64 << 20;

    public static WebApplication Build(EmulatorOptions options, ServerCertificate? certificate)
    {
        // Not the current directory: whatever settings file lies there is not ours.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // That it cannot start is said in one line, by whoever starts it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        var statistics = new Statistics();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        if (options.ParentPid is not null) builder.Services.AddSingleton<IHostLifetime, ChildLifetime>();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(statistics);
        builder.Services.AddSingleton<BucketRegistry>();
        builder.Services.AddSingleton<FaultScripts>();
        builder.Services.AddSingleton<IRpcService, ReadService>();
        builder.Services.AddSingleton<IRpcService, WriteService>();
        builder.Services.AddSingleton<IRpcService, ObjectService>();
        builder.Services.AddSingleton<IRpcService, BucketService>();
        builder.Services.AddSingleton<IRpcService, ControlService>();
        builder.Services.AddSingleton<IRpcService, UnservedMethods>();
        builder.Services.AddSingleton(services =>
            services.GetServices<IRpcService>().SelectMany(service => service.Methods));
        builder.Services.AddSingleton<RpcDispatcher>();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = LoopbackSockets.Listen);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel.Limits, options);
            kestrel.AddServerHeader = false;
            kestrel.Listen(
                IPAddress.Loopback, options.Port, listen => ServeData(listen, options, certificate, statistics));
            kestrel.Listen(IPAddress.Loopback, options.AdminPort, listen => listen.Protocols = HttpProtocols.Http1);
        });

        var app = builder.Build();
        var dispatcher = app.Services.GetRequiredService<RpcDispatcher>();
        app.MapWhen(http => http.Features.Get<DataConnection>() is not null, data => data.Run(dispatcher.InvokeAsync));
        AdminEndpoints.Map(app);
        return app;
    }

    private static void SetLimits(KestrelServerLimits limits, EmulatorOptions options)
    {
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = TimeSpan.FromDays(1);
        limits.MaxResponseBufferSize = 4 << 20;
        limits.Http2.MaxFrameSize = 1 << 20;
        limits.Http2.InitialConnectionWindowSize = Window;
        limits.Http2.InitialStreamWindowSize = Window;
        limits.Http2.MaxStreamsPerConnection = options.MaxStreams;
    }

    private static void ServeData(
        ListenOptions listen, EmulatorOptions options, ServerCertificate? certificate, Statistics statistics)
    {
        if (options.TlsFault is TlsFault.HangUp) listen.Use(TlsFaults.HangUpEveryOther);
        listen.Protocols = options.TlsFault is TlsFault.NoHttp2 ? HttpProtocols.Http1 : HttpProtocols.Http2;
        if (certificate is not null) listen.UseHttps(certificate.Leaf);
        var scripts = listen.ApplicationServices.GetRequiredService<FaultScripts>();
        listen.Use(next => async connection =>
        {
            statistics.ConnectionOpened();
            try
            {
                // Only where a script wants it: looking at each frame costs.
                if (scripts.NeedWire) await SpoiledWire.RunAsync(connection, wire => ServeAsync(next, connection, wire));
                else await ServeAsync(next, connection, wire: null);
            }
            finally
            {
                statistics.ConnectionClosed();
            }
        });

        Task ServeAsync(ConnectionDelegate next, ConnectionContext connection, SpoiledWire? wire)
        {
            connection.Features.Set(new DataConnection(connection, Pacer.For(options.BandwidthPerConnection), wire));
            return next(connection);
        }
    }
}

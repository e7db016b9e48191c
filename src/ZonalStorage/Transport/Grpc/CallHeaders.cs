using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Transport.Grpc;

/// <summary>Header blocks of calls to one endpoint.</summary>
internal sealed class CallHeaders
{
    // Names and order as other clients send them: "gl-LANGUAGE/VERSION gccl/LIBRARY".
    private static readonly string _version =
        typeof(CallHeaders).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    private readonly string _scheme;
    private readonly string _authority;
    private readonly string _userAgent;
    private readonly string? _quotaProject;
    private readonly KeyValuePair<string, string>[] _extra;

    public CallHeaders(ZonalSessionOptions options)
    {
        _scheme = options.Endpoint.Scheme;
        _authority = Sockets.EndpointName.Authority(options.Endpoint);
        _quotaProject = options.QuotaProject;
        _extra = options.ExtraHeaders is null ? [] : [.. options.ExtraHeaders];
        _userAgent = options.ApplicationName is { } name
            ? $"{name} zonalstorage/{_version}"
            : $"zonalstorage/{_version}";
    }

    /// <summary>Encodes the headers of one call.</summary>
    /// <param name="method">Path of the call.</param>
    /// <param name="routing">Value of <c>x-goog-request-params</c>.</param>
    /// <param name="token">Bearer token; null for none.</param>
    /// <param name="timeout">Deadline told to the server; null for none.</param>
    public byte[] Encode(string method, string routing, string? token, TimeSpan? timeout)
    {
        var block = new ArrayBufferWriter<byte>(512);
        HpackEncoder.WriteMethodPost(block);
        HpackEncoder.WriteScheme(block, _scheme);
        HpackEncoder.WritePath(block, method);
        HpackEncoder.WriteAuthority(block, _authority);
        HpackEncoder.Write(block, "te", "trailers");
        HpackEncoder.Write(block, "content-type", "application/grpc");
        HpackEncoder.Write(block, "grpc-accept-encoding", "identity");
        HpackEncoder.Write(block, "user-agent", _userAgent);
        HpackEncoder.Write(
            block, "x-goog-api-client", $"gl-dotnet/{Environment.Version} gccl/{_version} {RuntimeId()}");
        HpackEncoder.Write(block, "x-goog-request-params", routing);
        if (timeout is { } limit) HpackEncoder.Write(block, "grpc-timeout", FormatTimeout(limit));
        if (_quotaProject is not null) HpackEncoder.Write(block, "x-goog-user-project", _quotaProject);
        foreach (var (name, value) in _extra) HpackEncoder.Write(block, name.ToLowerInvariant(), value);
        if (token is not null) HpackEncoder.WriteAuthorization(block, "Bearer " + token);
        return block.WrittenSpan.ToArray();
    }

    /// <summary>
    /// A routing header's value: <c>bucket=projects/_/buckets/B</c>, with further pairs where a call has them, and
    /// <c>project=projects/P</c> for calls about a project's buckets. Slashes stay as they are, as other clients send them;
    /// the service takes both forms.
    /// </summary>
    public static string Routing(string resource, string? routingToken = null)
    {
        var key = resource.Contains("/buckets/", StringComparison.Ordinal) ? "bucket" : "project";
        return routingToken is null ? $"{key}={resource}" : $"{key}={resource}&routing_token={routingToken}";
    }

    // At most eight digits and a unit (gRPC over HTTP/2, "Timeout").
    private static string FormatTimeout(TimeSpan timeout) => timeout.TotalMilliseconds < 99_999_999
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)timeout.TotalMilliseconds)}m")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(99_999_999, (long)timeout.TotalSeconds)}S");

    private static string RuntimeId() => "grpc/zonal os/" + (RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x64",
        Architecture.Arm64 => "arm64",
        _ => "other",
    });
}

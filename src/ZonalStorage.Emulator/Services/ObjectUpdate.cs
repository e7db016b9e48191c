using Google.Protobuf.WellKnownTypes;
using ZonalStorage.Emulator.Grpc;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Services;

/// <summary>Turns an update mask into changes: a masked field that the request leaves empty is cleared.</summary>
internal static class ObjectUpdate
{
    private const string MetadataKey = "metadata.";

    private static readonly Dictionary<string, Action<Resource, Resource>> _fields = new(StringComparer.Ordinal)
    {
        ["content_type"] = (to, from) => to.ContentType = from.ContentType,
        ["content_encoding"] = (to, from) => to.ContentEncoding = from.ContentEncoding,
        ["content_disposition"] = (to, from) => to.ContentDisposition = from.ContentDisposition,
        ["content_language"] = (to, from) => to.ContentLanguage = from.ContentLanguage,
        ["cache_control"] = (to, from) => to.CacheControl = from.CacheControl,
        ["custom_time"] = (to, from) => to.CustomTime = from.CustomTime,
        ["metadata"] = (to, from) =>
        {
            to.Metadata.Clear();
            to.Metadata.Add(from.Metadata);
        },
    };

    /// <summary>Checks the whole mask before anything changes.</summary>
    public static Action<Resource> Plan(Resource from, FieldMask mask)
    {
        var steps = new List<Action<Resource>>();
        foreach (var path in mask.Paths.SelectMany(path => path is "*" ? (IEnumerable<string>)_fields.Keys : [path]))
        {
            if (_fields.TryGetValue(path, out var field)) steps.Add(to => field(to, from));
            else if (path.StartsWith(MetadataKey, StringComparison.Ordinal)) steps.Add(to => SetKey(to, from, path));
            else throw RpcFailure.Invalid($"update_mask: '{path}' cannot be updated here.");
        }

        return to => steps.ForEach(step => step(to));
    }

    private static void SetKey(Resource to, Resource from, string path)
    {
        var key = path[MetadataKey.Length..];
        if (from.Metadata.TryGetValue(key, out var value)) to.Metadata[key] = value;
        else to.Metadata.Remove(key);
    }
}

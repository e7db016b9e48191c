using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ZonalStorage.Emulator.Services;

/// <summary>The read_mask of a request: absent or * shows everything.</summary>
internal static class ResourceMask
{
    public static T Apply<T>(FieldMask? mask, T full)
        where T : class, IMessage<T>, new()
    {
        if (mask is null || mask.Paths.Count == 0 || mask.Paths.Contains("*")) return full;
        var part = new T();
        mask.Merge(full, part);
        return part;
    }
}

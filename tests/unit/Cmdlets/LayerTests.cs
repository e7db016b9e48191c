using Xunit;

namespace ZonalStorage.Tests.Cmdlets;

/// <summary>The folders of the engine are layers, and arrows between them point one way (ARCHITECTURE.md).</summary>
public sealed class LayerTests
{
    private const string Door = "the public root";

    // Lowest first; a type may use its own layer and those before it. Folder names, except for the doors: the public types that
    // delegate to the layers, which nothing inside may know.
    private static readonly string[] _layers =
        ["Model", "Diagnostics", "Memory", "Transport", "Protocol", "Reading", "Writing", "Prefetching", "Transfer", Door];

    private static readonly HashSet<Type> _doors =
    [
        typeof(ZonalSession), typeof(ZonalObjectReader), typeof(ZonalObjectStream), typeof(ZonalChecksum),
        typeof(EnvironmentOptions),
    ];

    [Fact]
    public void Arrows_between_the_layers_of_the_engine_point_one_way()
    {
        var arrows =
            from type in typeof(ZonalSession).Assembly.GetTypes()
            where LayerOf(type) >= 0
            from used in TypeReferences.Of(type)
            where LayerOf(used) > LayerOf(type)
            select $"{type.FullName} ({_layers[LayerOf(type)]}) -> {used.FullName} ({_layers[LayerOf(used)]})";
        Assert.Equal("", string.Join("\n", arrows.Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_layer_has_types_and_every_type_a_layer()
    {
        var layers = typeof(ZonalSession).Assembly.GetTypes()
            .Where(static t => t.Namespace?.StartsWith("ZonalStorage", StringComparison.Ordinal) == true)
            .Select(LayerOf).Distinct().Order();
        Assert.Equal(Enumerable.Range(0, _layers.Length), layers);
    }

    [Fact]
    public void No_two_classes_have_one_name()
    {
        var names =
            from assembly in new[] { typeof(ZonalSession).Assembly, typeof(ZonalStorage.Cmdlets.Pipeline.ISink).Assembly }
            from type in assembly.GetTypes()
            where type.Namespace?.StartsWith("ZonalStorage", StringComparison.Ordinal) == true && !type.IsNested
            group type by type.Name into same
            where same.Count() > 1
            select same.Key;
        Assert.Empty(names);
    }

    /// <summary>Place of a type's layer; -1 for types of others.</summary>
    private static int LayerOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        if (type.Assembly != typeof(ZonalSession).Assembly || type.Namespace is not { } space) return -1;
        if (_doors.Contains(type)) return _layers.Length - 1;
        if (space == "ZonalStorage") return 0;
        // Generated messages and what the compiler adds are nobody's layer.
        return space.StartsWith("ZonalStorage.", StringComparison.Ordinal) ? Array.IndexOf(_layers, space.Split('.')[1]) : -1;
    }
}

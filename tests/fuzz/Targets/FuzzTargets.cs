namespace ZonalStorage.Fuzz.Targets;

/// <summary>Every target there is.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FrameTarget(), new HpackTarget(), new GrpcFramingTarget(), new ReadResponseTarget(), new StatusTarget(), new ListingTarget(),
        new RangeTarget(), new UriTarget(),
    ];

    public static FuzzTarget Named(string name) => All.First(t => t.Name == name);
}

namespace ZonalStorage.Throughput.Reliability;

/// <summary>One instruction for each form of fault.</summary>
internal static class FaultExamples
{
    private static readonly Dictionary<string, string> _numbers = new(StringComparer.Ordinal)
    {
        ["return-{n}"] = "503", ["return-{n}-after-{size}"] = "500", ["return-{n}-if-dp-enforced"] = "503",
        ["return-{n}-retry-in-{time}"] = "503", ["return-status-{n}"] = "8", ["return-status-{n}-after-{size}"] = "4",
        ["rst-stream-{n}"] = "7", ["rst-stream-{n}-after-{size}"] = "2", ["corrupt-chunk-{n}"] = "0", ["wrong-crc-{n}"] = "2",
        ["padded-frames-{n}"] = "200", ["max-streams-{n}"] = "1", ["tiny-windows-{n}"] = "64", ["range-error-{n}"] = "3",
    };

    private static readonly Dictionary<string, string> _sizes = new(StringComparer.Ordinal)
    {
        ["small-frames-{size}"] = "16K", ["huge-headers-{size}"] = "200K", ["huge-trailers-{size}"] = "200K",
    };

    /// <summary>An instruction of a form; forms that are not known here get ordinary values.</summary>
    public static string Of(string form) => form
        .Replace("{n}", _numbers.GetValueOrDefault(form, "1"), StringComparison.Ordinal)
        .Replace("{size}", _sizes.GetValueOrDefault(form, "1M"), StringComparison.Ordinal)
        .Replace("{time}", "200ms", StringComparison.Ordinal)
        .Replace("{token}", "abc", StringComparison.Ordinal);
}

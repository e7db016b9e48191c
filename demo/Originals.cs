using System.Reflection;
using System.Security.Cryptography;

namespace ZonalStorage.Demo;

/// <summary>The files that are uploaded, and the jobs that read them back.</summary>
internal static class Originals
{
    private const string Bucket = "zonal-bucket";
    private const int GeneratedSize = 64 << 20;

    /// <summary>Writes a file of random bytes into <paramref name="folder"/> and plans what to read.</summary>
    public static async Task<IReadOnlyList<Job>> PrepareAsync(string folder, CancellationToken cancellation)
    {
        var generated = Path.Combine(folder, "generated.bin");
        await File.WriteAllBytesAsync(generated, RandomNumberGenerator.GetBytes(GeneratedSize), cancellation);
        var readme = Metadata("Readme");
        var (large, small) = (new ZonalUri(Bucket, "demo/generated.bin"), new ZonalUri(Bucket, "demo/README.md"));
        (string, ByteRange)[] ranges =
        [
            ("0-1023", new ByteRange(0, 1024)),
            ("1MB+64KB", new ByteRange(1 << 20, 64 << 10)),
            ("-4096", new ByteRange(-4096)),
            ("33554431+2", new ByteRange((32 << 20) - 1, 2)),
            ("5MB+0", new ByteRange(5 << 20, 0)),
            ("60MB+10MB", new ByteRange(60 << 20, 10 << 20)),
        ];
        return
        [
            new Job("whole object to a file", large, generated, ToFile: true, []),
            new Job("whole object to memory", large, generated, ToFile: false, []),
            new Job("ranges in one batch", large, generated, ToFile: false, ranges),
            new Job("a small object", small, readme, ToFile: false, []),
        ];
    }

    /// <summary>The hash that a part has to have, from the original file.</summary>
    public static async Task<Part> PartAsync(string file, ByteRange range, CancellationToken cancellation)
    {
        var (offset, length) = range.Resolve(new FileInfo(file).Length);
        var bytes = new byte[length];
        await using var stream = File.OpenRead(file);
        stream.Position = offset;
        await stream.ReadExactlyAsync(bytes, cancellation);
        return Hash(bytes);
    }

    public static Part Hash(ReadOnlySpan<byte> bytes) =>
        new(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>A path that the build wrote into this assembly.</summary>
    public static string Metadata(string key) => Path.GetFullPath(
        typeof(Originals).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!);
}

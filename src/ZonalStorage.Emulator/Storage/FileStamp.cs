namespace ZonalStorage.Emulator.Storage;

/// <summary>By what a change of a file from outside is told.</summary>
internal sealed record FileStamp(long Length, long Ticks)
{
    public static FileStamp Of(FileInfo file) => new(file.Length, file.LastWriteTimeUtc.Ticks);

    public override string ToString() => $"{Length:x}-{Ticks:x}";
}

using System.Text.Json;
using ZonalStorage.Conformance.Hosts;

namespace ZonalStorage.Conformance;

/// <summary>
/// Our subset of the storage schema says nothing that Google's own does not say: a wrong field number would read
/// garbage from the real service while our own client and emulator agree with each other.
/// </summary>
public sealed class SchemaTests
{
    private const string Storage = "google/storage/v2/storage.proto";

    private static string Ours => Path.Combine(AppContext.BaseDirectory, "protocol");

    [Fact]
    public async Task Every_field_enum_value_and_method_of_ours_is_Googles()
    {
        var comparison = await CompareAsync(Ours);
        Assert.Empty(Differences(comparison));

        // That much must have been looked at, or the comparison compared nothing.
        Assert.True(comparison.GetProperty("messages").GetInt32() >= 40, comparison.ToString());
        Assert.True(comparison.GetProperty("fields").GetInt32() >= 200, comparison.ToString());
        Assert.True(comparison.GetProperty("methods").GetInt32() >= 6, comparison.ToString());
        Assert.True(comparison.GetProperty("enums").GetInt32() >= 1, comparison.ToString());
    }

    [Theory]
    [InlineData("int64 read_offset = 1;", "int64 read_offset = 9;", "ReadRange.read_offset: number")]
    [InlineData("int64 read_offset = 1;", "int32 read_offset = 1;", "ReadRange.read_offset: type")]
    [InlineData("int64 read_offset = 1;", "int64 readOffset = 1;", "ReadRange.readOffset: Google has no such field")]
    [InlineData("int64 read_offset = 1;", "repeated int64 read_offset = 1;", "ReadRange.read_offset: label")]
    [InlineData("optional fixed32 crc32c = 2;", "fixed32 crc32c = 2;", "ChecksummedData.crc32c: presence")]
    [InlineData("oneof write_status {", "oneof status {", "WriteObjectResponse.persisted_size: oneof")]
    [InlineData("message BidiReadHandle {", "message Handle {}\nmessage BidiReadHandle {", ".Handle: Google has no")]
    [InlineData("rpc GetObject(", "rpc FetchObject(", "Storage.FetchObject: Google has no such method")]
    [InlineData("returns (stream BidiReadObjectResponse)", "returns (BidiReadObjectResponse)", "responseStream")]
    [InlineData("map<string, string> metadata = 22;", "map<string, bytes> metadata = 22;", "Object.metadata: type")]
    public async Task A_slip_in_our_schema_is_found(string right, string wrong, string finding)
    {
        var folder = Directory.CreateTempSubdirectory("zonal-schema-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(Ours, "*.proto", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(Ours, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var path = Path.Combine(folder, Storage);
            var text = await File.ReadAllTextAsync(path);
            Assert.Contains(right, text, StringComparison.Ordinal);
            var at = text.IndexOf(right, StringComparison.Ordinal);
            await File.WriteAllTextAsync(path, text[..at] + wrong + text[(at + right.Length)..]);

            var differences = Differences(await CompareAsync(folder));
            Assert.Contains(differences, difference => difference.Contains(finding, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JsonElement> CompareAsync(string folder)
    {
        var run = await NodePeer.RunAsync("schema.mjs", folder);
        Assert.True(run.ExitCode == 0, run.Errors);
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }

    private static string[] Differences(JsonElement comparison) =>
        [.. comparison.GetProperty("differences").EnumerateArray().Select(difference => difference.GetString()!)];
}

namespace ZonalStorage.Cmdlets.Saving;

/// <summary>A text file that names objects, one a line.</summary>
internal static class ListFileReader
{
    /// <summary>The objects, as the file is read.</summary>
    /// <param name="path">UTF-8 text; empty lines do not count. A line that begins with <c>gs://</c> is an address.</param>
    /// <param name="bucket">For lines that are names; empty if there are none.</param>
    /// <exception cref="ZonalException"><c>AddressIncomplete</c>, <c>ListFileNotReadable</c>.</exception>
    public static IEnumerable<SaveSource> Read(string path, string bucket)
    {
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            if (line.Length == 0) continue;
            if (ZonalUri.TryParse(line, out var uri) && !uri.IsBucket)
            {
                yield return new SaveSource(uri.Bucket, uri.Name, uri.Generation, IsLiteral: true);
                continue;
            }

            if (bucket.Length == 0 || line.StartsWith("gs://", StringComparison.OrdinalIgnoreCase))
            {
                throw new ZonalException(
                    ZonalErrorIds.AddressIncomplete, ZonalStatusCode.InvalidArgument,
                    FormattableString.Invariant($"Line {number} of '{path}' is not the address of an object: '{line}'."),
                    "Write gs://BUCKET/NAME, or a name and give -Bucket.", path);
            }

            yield return new SaveSource(bucket, line, Generation: null, IsLiteral: true);
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ZonalException(
                ZonalErrorIds.ListFileNotReadable, ZonalStatusCode.NotFound, $"'{path}' cannot be read: {e.Message}",
                "Check the path of -ListFile.", path, e);
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ZonalStorage;

/// <summary>
/// The address of an object, <c>gs://bucket/name#generation</c>, or of a bucket, <c>gs://bucket</c>.
/// </summary>
/// <remarks>
/// The name is the raw UTF-8 object name: nothing in it is percent-decoded, and slashes have no meaning of their own.
/// A trailing <c>#digits</c> is the generation; any other <c>#</c> belongs to the name, since names may hold one.
/// </remarks>
public sealed record ZonalUri
{
    private const string Scheme = "gs://";
    private const int MaximumNameBytes = 1024;

    /// <summary>Makes an address from its parts.</summary>
    /// <param name="bucket">Bucket name without <c>gs://</c> and without <c>projects/_/buckets/</c>.</param>
    /// <param name="name">Object name; empty for the bucket itself.</param>
    /// <param name="generation">Generation to pin; null for the live one.</param>
    /// <exception cref="FormatException">The bucket or the object name cannot exist.</exception>
    public ZonalUri(string bucket, string name, long? generation = null)
    {
        ArgumentNullException.ThrowIfNull(bucket);
        ArgumentNullException.ThrowIfNull(name);
        if (Validate(bucket, name, generation) is { } problem) throw new FormatException(problem);
        Bucket = bucket;
        Name = name;
        Generation = generation;
    }

    /// <summary>Bucket name, as in the console; never empty.</summary>
    public string Bucket { get; }

    /// <summary>Object name; empty when the address is that of a bucket.</summary>
    public string Name { get; }

    /// <summary>Pinned generation; null means the live one.</summary>
    public long? Generation { get; }

    /// <summary>True when the address names a bucket only.</summary>
    public bool IsBucket => Name.Length == 0;

    /// <summary>The bucket's resource name on the wire, <c>projects/_/buckets/NAME</c>.</summary>
    internal string BucketResource => "projects/_/buckets/" + Bucket;

    /// <summary>The same object, pinned to <paramref name="generation"/> (null unpins).</summary>
    public ZonalUri WithGeneration(long? generation) => new(Bucket, Name, generation);

    /// <summary>Parses <c>gs://bucket/name#generation</c>.</summary>
    /// <exception cref="FormatException">Not such an address; the message says what to type.</exception>
    public static ZonalUri Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var uri, out var problem) ? uri : throw new FormatException(problem);
    }

    /// <summary>Parses <c>gs://bucket/name#generation</c> without throwing.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ZonalUri? uri) =>
        TryParse(text, out uri, out _);

    /// <inheritdoc/>
    public override string ToString() =>
        Generation is { } generation
            ? string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Bucket}/{Name}#{generation}")
            : IsBucket ? Scheme + Bucket : $"{Scheme}{Bucket}/{Name}";

    private static bool TryParse(
        string? text, [NotNullWhen(true)] out ZonalUri? uri, [NotNullWhen(false)] out string? problem)
    {
        uri = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            problem = $"'{text}' is not an object address. Type gs://BUCKET/NAME, optionally with #GENERATION.";
            return false;
        }

        var rest = text.AsSpan(Scheme.Length);
        var slash = rest.IndexOf('/');
        var bucket = (slash < 0 ? rest : rest[..slash]).ToString();
        var name = slash < 0 ? default : rest[(slash + 1)..];
        long? generation = null;
        var hash = name.LastIndexOf('#');
        if (hash >= 0 && hash + 1 < name.Length
            && long.TryParse(name[(hash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
        {
            generation = parsed;
            name = name[..hash];
        }

        var nameText = name.ToString();
        problem = Validate(bucket, nameText, generation);
        if (problem is not null) return false;
        uri = new ZonalUri(bucket, nameText, generation);
        return true;
    }

    // Rules of the service for bucket and object names: only what can never exist is refused here, the rest is the
    // service's to judge, so that a new rule there needs no release here.
    private static string? Validate(string bucket, string name, long? generation)
    {
        if (bucket.Length is 0 or > 222) return $"'{bucket}' is not a bucket name: it must have 1 to 222 characters.";
        foreach (var c in bucket)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
                return $"'{bucket}' is not a bucket name: only lower-case letters, digits, '-', '_' and '.' may occur.";
        }

        if (generation is < 0) return "A generation is a positive number.";
        if (generation is not null && name.Length == 0) return "A generation needs an object name before it.";
        return name.Length == 0 ? null : FindNameProblem(name);
    }

    /// <summary>Why no object can have that name, which is not empty; null if one can.</summary>
    internal static string? FindNameProblem(string name)
    {
        if (name.AsSpan().IndexOfAny('\r', '\n') >= 0) return "An object name holds no carriage return or line feed.";
        if (name is "." or "..") return $"'{name}' is not an object name.";
        return System.Text.Encoding.UTF8.GetByteCount(name) > MaximumNameBytes
            ? $"The object name is longer than {MaximumNameBytes} bytes of UTF-8."
            : null;
    }
}

using System.Text;

namespace ZonalStorage.Protocol;

/// <summary>Names as they stand in the service's messages.</summary>
internal static class ResourceNames
{
    private const string Buckets = "/buckets/";
    private const string Projects = "projects/";
    private const int LongestShown = 200;

    /// <summary>
    /// The bucket of <c>projects/PROJECT/buckets/NAME</c>, whatever the project and whatever follows the name; any other
    /// text is the bucket itself.
    /// </summary>
    public static string BucketOf(string resource)
    {
        if (!resource.StartsWith(Projects, StringComparison.Ordinal)) return resource;
        var start = resource.IndexOf(Buckets, Projects.Length, StringComparison.Ordinal);
        if (start < 0) return resource;
        start += Buckets.Length;
        var end = resource.IndexOf('/', start);
        return end < 0 ? resource[start..] : resource[start..end];
    }

    /// <summary>Why no object, or prefix, can have that name; null if one can.</summary>
    public static string? FindNameProblem(string name)
    {
        if (name.Length == 0) return "an object without a name";
        return ZonalUri.FindNameProblem(name) is null && IsWellFormed(name) ? null : $"the name '{Shown(name)}'";
    }

    /// <summary>A name for a message: bounded, and with control characters escaped, so that a terminal only shows it.</summary>
    public static string Shown(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, LongestShown)))
        {
            if (char.IsControl(c)) text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else text.Append(c);
        }

        return name.Length > LongestShown ? text.Append('…').ToString() : text.ToString();
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsSurrogatePair(text, i)) return false;
            i++;
        }

        return true;
    }
}

using System.Text;
using System.Text.RegularExpressions;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Services.Listing;

/// <summary>
/// match_glob: <c>*</c> and <c>?</c> stay within a path segment, <c>**</c> crosses segments, <c>[a-z]</c> and
/// <c>[!a]</c> are classes, <c>{a,b}</c> alternatives, a backslash takes the next character as it is.
/// </summary>
internal static class Glob
{
    public static Regex? Compile(string pattern)
    {
        if (pattern.Length == 0) return null;
        var text = new StringBuilder("^");
        var depth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when i + 1 < pattern.Length && pattern[i + 1] == '*':
                    text.Append(".*");
                    i++;
                    break;
                case '*':
                    text.Append("[^/]*");
                    break;
                case '?':
                    text.Append("[^/]");
                    break;
                case '[':
                    i = AppendClass(pattern, i, text);
                    break;
                case '{':
                    text.Append("(?:");
                    depth++;
                    break;
                case '}' when depth > 0:
                    text.Append(')');
                    depth--;
                    break;
                case ',' when depth > 0:
                    text.Append('|');
                    break;
                case '\\' when i + 1 < pattern.Length:
                    text.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                default:
                    text.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        if (depth > 0) throw RpcFailure.Invalid($"match_glob '{pattern}' has an open brace.");
        return new Regex(text.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }

    private static int AppendClass(string pattern, int open, StringBuilder text)
    {
        var close = pattern.IndexOf(']', Math.Min(open + 2, pattern.Length));
        if (close < 0) throw RpcFailure.Invalid($"match_glob '{pattern}' has an open bracket.");
        var body = pattern[(open + 1)..close];
        var isNegated = body[0] is '!' or '^';
        text.Append(isNegated ? "[^/" : "[");
        text.Append((isNegated ? body[1..] : body).Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("[", "\\[", StringComparison.Ordinal).Replace("^", "\\^", StringComparison.Ordinal));
        text.Append(']');
        return close;
    }
}

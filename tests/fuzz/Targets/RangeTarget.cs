using System.Text;
using ZonalStorage.Cmdlets.Parameters;

namespace ZonalStorage.Fuzz.Targets;

/// <summary>Ranges and sizes as people type them: parsed or refused, and what is parsed lies inside every object.</summary>
internal sealed class RangeTarget : FuzzTarget
{
    public override string Name => "range";

    public override int Execute(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var isSize = SizeParser.TryParse(text, out _);
        if (!RangeParser.TryParse(text, out var range, out var problem))
        {
            Require(problem.Length > 0, "a refusal says why");
            return isSize ? 1 : 2;
        }

        Require(range.Length is null or >= 0, "no range has a negative length");
        foreach (var size in (ReadOnlySpan<long>)[0, 1, 4096, long.MaxValue])
        {
            if (range.Offset > size) continue;
            var (offset, length) = range.Resolve(size);
            Require(offset >= 0 && length >= 0 && length <= size - offset, "a range lies inside its object");
        }

        return HashCode.Combine(isSize, Math.Sign(range.Offset), range.Length is null, text.Length < 40 ? text.Length : 40) | 4;
    }

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds() =>
        new[]
        {
            "0-1023", "4096-", "-4096", "1MB+64KB", "-1MB+64KB", "1.5 GiB+0", "64", "9223372036854775807-", "0-9223372036854775807",
            "7P+7P", "-9223372036854775808", " 1 kb - 2 kb ", "9000000000000000000P+1",
        }.Select(static (t, i) => ($"range-{i:00}", Encoding.UTF8.GetBytes(t)));
}

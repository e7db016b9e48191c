using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Lets ranges be given as text, as hashtables, or as objects with Offset and Length.</summary>
public sealed class ByteRangeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is null
            ? throw Unwrap.Rejected("A range is missing. " + RangeParser.Forms)
            : Unwrap.Items(inputData).Select(One).ToArray();

    private static ByteRange One(object value) => Unwrap.BaseObject(value) switch
    {
        ByteRange range => range,
        string text => RangeParser.TryParse(text, out var range, out var problem)
            ? range
            : throw Unwrap.Rejected(problem),
        // An unquoted -4096 arrives as a number. A positive one could mean an offset or a length, so it is refused.
        int or long when Convert.ToInt64(Unwrap.BaseObject(value)) is < 0 and var count => new ByteRange(count),
        ZonalUri or ZonalObjectInfo => throw Unwrap.Rejected($"'{value}' is an address, not a byte range."),
        null => throw Unwrap.Rejected("A range is missing. " + RangeParser.Forms),
        _ => OfProperties(value),
    };

    private static ByteRange OfProperties(object value)
    {
        var offset = Number(value, "Offset");
        var length = Number(value, "Length");
        if (offset is null && (length is null || Unwrap.BaseObject(value) is Array))
            throw Unwrap.Rejected($"'{value}' is not a byte range: it has no Offset. {RangeParser.Forms}");
        if (length is < 0) throw Unwrap.Rejected($"Length is {length}; it must be 0 or more.");
        return new ByteRange(offset ?? 0, length);
    }

    private static long? Number(object value, string name)
    {
        var found = Unwrap.BaseObject(Unwrap.Property(value, name));
        if (found is null or "") return null;
        if (found is string text)
        {
            return SizeParser.TryParse(text, out var bytes)
                ? bytes
                : throw Unwrap.Rejected($"{name} is '{text}', which is not a number of bytes.");
        }

        return LanguagePrimitives.TryConvertTo<long>(found, out var number)
            ? number
            : throw Unwrap.Rejected($"{name} is '{found}', which is not a number of bytes.");
    }
}

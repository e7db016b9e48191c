using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Lets a numeric parameter be typed as <c>64MB</c>, <c>64MiB</c> or <c>64 MB</c>.</summary>
public sealed class SizeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // Whatever is no string is PowerShell's to convert; null stays null for an optional length.
        if (Unwrap.BaseObject(inputData) is not string text) return inputData;
        // An empty column of a CSV file means that there is no value.
        if (string.IsNullOrWhiteSpace(text)) return null!;
        return SizeParser.TryParse(text, out var bytes)
            ? bytes
            : throw Unwrap.Rejected($"'{text}' is not a number of bytes. Type 4096, 64KB, 64MiB or 1.5GB.");
    }
}

using System.Management.Automation;
using System.Text;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Takes an encoding by its name as in PowerShell's own cmdlets, by its code page, or as it is.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingNameAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        try
        {
            return (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
            {
                Encoding encoding => encoding,
                int codePage => Encoding.GetEncoding(codePage),
                string name => Find(name),
                _ => throw new ArgumentException("It is no name of an encoding."),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{inputData}' is no encoding. Type utf8, unicode, utf32, ascii, latin1, or another name of .NET's.", e);
        }
    }

    private static Encoding Find(string name) => name.ToUpperInvariant() switch
    {
        "UTF8" or "UTF8NOBOM" or "UTF8BOM" => Encoding.UTF8,
        "UNICODE" => Encoding.Unicode,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "UTF32" => Encoding.UTF32,
        "LATIN1" => Encoding.Latin1,
        _ => Encoding.GetEncoding(name),
    };
}

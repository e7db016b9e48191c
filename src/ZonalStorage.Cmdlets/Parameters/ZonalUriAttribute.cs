using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Lets an address be given as text, as an info object, or as anything with a Uri.</summary>
public sealed class ZonalUriAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is null) throw Unwrap.Rejected("An address is missing: type gs://BUCKET/NAME.");
        var addresses = Unwrap.Items(inputData).Select(One).ToArray();
        return addresses.Length == 1 ? addresses[0] : addresses;
    }

    // A range result is none of these: its Uri comes by property name, so that its Offset and Length can come beside it.
    private static ZonalUri One(object value) => Unwrap.BaseObject(value) switch
    {
        ZonalUri uri => uri,
        ZonalObjectInfo info => info.Uri,
        ZonalBucketInfo bucket => bucket.Uri,
        ZonalTransferResult transfer => transfer.Uri,
        string text => Parse(text),
        null => throw Unwrap.Rejected("An address is missing: type gs://BUCKET/NAME."),
        _ => throw Unwrap.Rejected($"'{value}' is not an object address: type gs://BUCKET/NAME."),
    };

    private static ZonalUri Parse(string text)
    {
        try
        {
            return ZonalUri.Parse(text);
        }
        catch (FormatException e)
        {
            throw Unwrap.Rejected(e.Message);
        }
    }
}

using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Lets a bucket be given as <c>gs://bucket</c>, or as an info object, where its plain name is wanted.</summary>
public sealed class BucketNameAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is null) throw Unwrap.Rejected("A bucket name is missing.");
        var names = Unwrap.Items(inputData).Select(One).ToArray();
        return names.Length == 1 ? names[0] : names;
    }

    private static string One(object value) => Unwrap.BaseObject(value) switch
    {
        string text => Plain(text),
        ZonalUri uri => uri.Bucket,
        ZonalBucketInfo bucket => bucket.Name,
        ZonalObjectInfo info => info.Bucket,
        _ => throw Unwrap.Rejected($"'{value}' is not a bucket name."),
    };

    private static string Plain(string text)
    {
        var name = text.StartsWith("gs://", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;
        return name.TrimEnd('/');
    }
}

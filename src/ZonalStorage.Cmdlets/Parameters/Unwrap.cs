using System.Collections;
using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>What argument transformations share.</summary>
internal static class Unwrap
{
    /// <summary>The object that PowerShell may have wrapped.</summary>
    public static object? BaseObject(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>A value by name, of a hashtable or of any object; null if it has none.</summary>
    public static object? Property(object value, string name)
    {
        if (BaseObject(value) is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary)
            {
                if (string.Equals(entry.Key.ToString(), name, StringComparison.OrdinalIgnoreCase)) return entry.Value;
            }

            return null;
        }

        return PSObject.AsPSObject(value).Properties[name]?.Value;
    }

    /// <summary>The items of a collection, or the value itself; strings and dictionaries are no collections.</summary>
    public static IEnumerable<object> Items(object value) =>
        BaseObject(value) is IEnumerable and not (string or IDictionary)
            ? ((IEnumerable)BaseObject(value)!).Cast<object>()
            : [value];

    /// <summary>
    /// The exception by which a transformation refuses a value. Its inner one tells the binder, while it tries out where a
    /// pipeline object belongs, that this parameter is not the place; any other would end the pipeline.
    /// </summary>
    public static ArgumentTransformationMetadataException Rejected(string message) =>
        new(message, new PSInvalidCastException(message));
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace ZonalStorage.HelpGenerator;

/// <summary>Reads what a cmdlet is from its attributes.</summary>
/// <remarks>
/// By their recorded arguments, not by making them: the reference assembly that stands in for PowerShell forgets what its
/// attributes are given.
/// </remarks>
public static class CmdletReflection
{
    /// <summary>All cmdlets of an assembly, by name.</summary>
    public static IReadOnlyList<CmdletFacts> All(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Select(Find).OfType<CmdletFacts>().OrderBy(static c => c.Name, StringComparer.Ordinal)];

    private static CmdletFacts? Find(Type type)
    {
        if (type.CustomAttributes.FirstOrDefault(static a => a.AttributeType == typeof(CmdletAttribute)) is not { } cmdlet) return null;
        var verb = (string)cmdlet.ConstructorArguments[0].Value!;
        var noun = (string)cmdlet.ConstructorArguments[1].Value!;
        // Switches of the attribute that PowerShell turns into parameters.
        var asks = cmdlet.NamedArguments.Any(static a => a is { MemberName: "SupportsShouldProcess", TypedValue.Value: true });
        var instance = Activator.CreateInstance(type)!;
        var parameters = type.GetProperties()
            .Select(p => Parameter(p, instance))
            .OfType<ParameterFacts>()
            .ToList();
        (instance as IDisposable)?.Dispose();
        return new CmdletFacts(
            verb, noun, Named<string>(cmdlet, "DefaultParameterSetName"), asks, parameters,
            [.. type.CustomAttributes.Where(static a => a.AttributeType == typeof(OutputTypeAttribute)).SelectMany(Outputs).Distinct(StringComparer.Ordinal)]);
    }

    private static ParameterFacts? Parameter(PropertyInfo property, object instance)
    {
        var sets = property.CustomAttributes.Where(static a => a.AttributeType == typeof(ParameterAttribute)).Select(Set).ToList();
        if (sets.Count == 0) return null;
        var aliases = property.CustomAttributes
            .Where(static a => a.AttributeType == typeof(AliasAttribute))
            .SelectMany(static a => (IEnumerable<CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)
            .Select(static a => (string)a.Value!);
        return new ParameterFacts(
            property.Name, TypeName(property.PropertyType), sets, [.. aliases],
            property.PropertyType == typeof(SwitchParameter),
            property.CustomAttributes.Any(static a => a.AttributeType == typeof(SupportsWildcardsAttribute)),
            Default(property, instance));
    }

    private static SetFacts Set(CustomAttributeData attribute) => new(
        Named<string>(attribute, "ParameterSetName"),
        Named<bool>(attribute, "Mandatory"),
        attribute.NamedArguments.Any(static a => a.MemberName == "Position") ? Named<int>(attribute, "Position") : null,
        Named<bool>(attribute, "ValueFromPipeline"),
        Named<bool>(attribute, "ValueFromPipelineByPropertyName"));

    private static T? Named<T>(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.MemberName == name).TypedValue.Value is T value ? value : default;

    private static IEnumerable<string> Outputs(CustomAttributeData attribute) => attribute.ConstructorArguments
        .SelectMany(static a => a.Value is IEnumerable<CustomAttributeTypedArgument> many ? many.Select(static m => m.Value) : [a.Value])
        .OfType<Type>()
        .Where(static t => t != typeof(void))
        .Select(static t => t.FullName!);

    private static string Default(PropertyInfo property, object instance) => property.GetValue(instance) switch
    {
        null or "" or false or SwitchParameter or ICollection { Count: 0 } => "",
        ICollection many => string.Join(", ", many.Cast<object>()),
        // What is not given is not zero: an offset of 0 is the start, which the description tells.
        IConvertible number and not string => number.ToString(CultureInfo.InvariantCulture) is "0" ? "" : number.ToString(CultureInfo.InvariantCulture),
        var value => value.ToString() ?? "",
    };

    private static string TypeName(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return TypeName(inner);
        if (type.IsArray) return TypeName(type.GetElementType()!) + "[]";
        return type switch
        {
            _ when type == typeof(string) => "string",
            _ when type == typeof(int) => "int",
            _ when type == typeof(long) => "long",
            _ when type == typeof(byte) => "byte",
            _ when type == typeof(double) => "double",
            _ => type.Name,
        };
    }
}

using System.Management.Automation;
using System.Reflection;

namespace TinySora.Host.Binding;

/// <summary>A parameter as its property's attributes declare it.</summary>
internal sealed class ParameterDefinition
{
    private ParameterDefinition(PropertyInfo property, bool isCommon)
    {
        var attributes = property.GetCustomAttributes(inherit: true);
        Property = property;
        IsCommon = isCommon;
        Sets = attributes.OfType<ParameterAttribute>()
            .DistinctBy(a => a.ParameterSetName).ToDictionary(a => a.ParameterSetName, StringComparer.OrdinalIgnoreCase);
        Aliases = [.. attributes.OfType<AliasAttribute>().SelectMany(a => a.AliasNames)];
        Transformations = [.. attributes.OfType<ArgumentTransformationAttribute>()];
        Validations = [.. attributes.OfType<ValidateArgumentsAttribute>()];
        AllowsNull = attributes.OfType<AllowNullAttribute>().Any();
        AllowsEmptyString = attributes.OfType<AllowEmptyStringAttribute>().Any();
    }

    public PropertyInfo Property { get; }

    public string Name => Property.Name;

    public Type Type => Property.PropertyType;

    /// <summary>True for what every cmdlet has, such as -Verbose.</summary>
    public bool IsCommon { get; }

    public IReadOnlyList<string> Aliases { get; }

    public IEnumerable<string> Names => [Name, .. Aliases];

    /// <summary>The declaration by set name; <see cref="ParameterAttribute.AllParameterSets"/> stands for every set.</summary>
    public IReadOnlyDictionary<string, ParameterAttribute> Sets { get; }

    public IReadOnlyList<ArgumentTransformationAttribute> Transformations { get; }

    public IReadOnlyList<ValidateArgumentsAttribute> Validations { get; }

    public bool AllowsNull { get; }

    public bool AllowsEmptyString { get; }

    public bool IsSwitch => Type == typeof(SwitchParameter);

    /// <summary>The parameters of a cmdlet's class or of a bag of common parameters.</summary>
    public static ParameterDefinition[] Of(Type type, bool isCommon = false) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.IsDefined(typeof(ParameterAttribute), inherit: true))
            .Select(p => new ParameterDefinition(p, isCommon))];
}

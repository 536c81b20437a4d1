using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace TinySora.Help;

/// <summary>A parameter in one parameter set.</summary>
/// <param name="Set">The set's name; <see cref="AllSets"/> for all.</param>
/// <param name="Position">null: named.</param>
/// <param name="Input">How Get-Help writes what the pipeline may bring.</param>
internal sealed record ParameterFacts(
    string Name, string Type, bool IsSwitch, string Set, bool Mandatory, int? Position, string Input, bool Wildcards,
    IReadOnlyList<string> Aliases)
{
    /// <summary>What holds where it is not given; null: nothing, or what the page says.</summary>
    public string? Default { get; init; }

    /// <summary>Whether the pipeline may bring the value itself, or an object with a property of its name.</summary>
    public (bool ByValue, bool ByName) Pipeline { get; init; }

    public const string AllSets = "__AllParameterSets";
}

/// <summary>What a cmdlet's attributes say.</summary>
internal sealed record CmdletFacts(
    string Verb, string Noun, string DefaultSet, IReadOnlyList<ParameterFacts> Parameters, IReadOnlyList<string> Outputs)
{
    private const int MostItems = 4;

    public string Name => $"{Verb}-{Noun}";

    /// <summary>The parameter sets, the default one first; each with its parameters by position.</summary>
    public IEnumerable<IReadOnlyList<ParameterFacts>> Sets
    {
        get
        {
            var named = Parameters.Select(p => p.Set).Where(s => s != ParameterFacts.AllSets).Distinct().ToList();
            return (named.Count == 0 ? [ParameterFacts.AllSets] : named)
                .OrderBy(s => s == DefaultSet ? 0 : 1)
                .Select(s => (IReadOnlyList<ParameterFacts>)
                    [.. Parameters.Where(p => p.Set == s || p.Set == ParameterFacts.AllSets).OrderBy(p => p.Position ?? int.MaxValue)]);
        }
    }

    /// <returns>null for a type that is no cmdlet.</returns>
    public static CmdletFacts? Of(Type type)
    {
        if (Attribute(type, typeof(CmdletAttribute)) is not CustomAttributeData cmdlet)
        {
            return null;
        }

        var supportsShouldProcess = Named(cmdlet, "SupportsShouldProcess", false);
        var common = supportsShouldProcess ? new[] { Common("WhatIf"), Common("Confirm") } : [];
        return new CmdletFacts(
            (string)cmdlet.ConstructorArguments[0].Value!, (string)cmdlet.ConstructorArguments[1].Value!,
            Named(cmdlet, "DefaultParameterSetName", ParameterFacts.AllSets),
            [.. ParametersOf(type), .. common],
            [.. OutputTypes(type)]);
    }

    private static IEnumerable<ParameterFacts> ParametersOf(Type type)
    {
        var fresh = Activator.CreateInstance(type);
        using (fresh as IDisposable)
        {
            return [.. type.GetProperties().SelectMany(property => Parameter(property, fresh))];
        }
    }

    /// <param name="fresh">A cmdlet that nobody has set anything of.</param>
    private static IEnumerable<ParameterFacts> Parameter(PropertyInfo property, object? fresh)
    {
        var aliases = Attribute(property, typeof(AliasAttribute)) is CustomAttributeData alias
            ? ((IEnumerable<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!).Select(a => (string)a.Value!)
            : [];
        foreach (var data in property.CustomAttributes
            .Where(a => a.AttributeType == typeof(ParameterAttribute) && !Named(a, "DontShow", false)))
        {
            var position = Named(data, "Position", int.MinValue);
            yield return new ParameterFacts(
                property.Name, TypeName(property.PropertyType), property.PropertyType == typeof(SwitchParameter),
                Named(data, "ParameterSetName", ParameterFacts.AllSets), Named(data, "Mandatory", false),
                position == int.MinValue ? null : position,
                Input(Named(data, "ValueFromPipeline", false), Named(data, "ValueFromPipelineByPropertyName", false)),
                Attribute(property, typeof(SupportsWildcardsAttribute)) is not null, [.. aliases])
            {
                Default = Text(property.GetValue(fresh)),
                Pipeline = (Named(data, "ValueFromPipeline", false), Named(data, "ValueFromPipelineByPropertyName", false)),
            };
        }
    }

    private static ParameterFacts Common(string name) =>
        new(name, "switch", true, ParameterFacts.AllSets, false, null, Input(false, false), false, []);

    private static IEnumerable<string> OutputTypes(Type type) =>
        Attribute(type, typeof(OutputTypeAttribute)) is CustomAttributeData output
            ? ((IEnumerable<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
                .Select(a => (Type)a.Value!).Where(t => t != typeof(void)).Select(t => t.FullName!)
            : [];

    /// <summary>A default value as text; null for one that says nothing: no value, an empty one, or a long list.</summary>
    private static string? Text(object? value) => value switch
    {
        null or SwitchParameter or false or "" => null,
        string text => text,
        IDictionary => null,
        Array { Length: 0 or > MostItems } => null,
        IEnumerable several => string.Join(", ", several.Cast<object>().Select(Text)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private static string Input(bool byValue, bool byName) => (byValue, byName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    /// <summary>The name of a type as PowerShell's users write it.</summary>
    private static string TypeName(Type type) => type switch
    {
        { IsArray: true } => TypeName(type.GetElementType()!) + "[]",
        _ when Nullable.GetUnderlyingType(type) is Type inner => TypeName(inner),
        _ when type == typeof(SwitchParameter) => "switch",
        _ when type == typeof(long) => "long",
        _ when type == typeof(int) => "int",
        _ when type.IsPrimitive || type == typeof(string) => type.Name.ToLowerInvariant(),
        _ => type.Name,
    };

    // Read as data: the reference assembly's attributes cannot be created.
    private static CustomAttributeData? Attribute(MemberInfo member, Type type) =>
        member.CustomAttributes.FirstOrDefault(a => a.AttributeType == type);

    private static T Named<T>(CustomAttributeData data, string name, T otherwise) =>
        data.NamedArguments.FirstOrDefault(a => a.MemberName == name) is { TypedValue.Value: T value } ? value : otherwise;
}

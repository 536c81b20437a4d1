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
    public const string AllSets = "__AllParameterSets";
}

/// <summary>What a cmdlet's attributes say.</summary>
internal sealed record CmdletFacts(
    string Verb, string Noun, string DefaultSet, IReadOnlyList<ParameterFacts> Parameters, IReadOnlyList<string> Outputs)
{
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
            [.. type.GetProperties().SelectMany(Parameter), .. common],
            [.. OutputTypes(type)]);
    }

    private static IEnumerable<ParameterFacts> Parameter(PropertyInfo property)
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
                Attribute(property, typeof(SupportsWildcardsAttribute)) is not null, [.. aliases]);
        }
    }

    private static ParameterFacts Common(string name) =>
        new(name, "switch", true, ParameterFacts.AllSets, false, null, Input(false, false), false, []);

    private static IEnumerable<string> OutputTypes(Type type) =>
        Attribute(type, typeof(OutputTypeAttribute)) is CustomAttributeData output
            ? ((IEnumerable<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
                .Select(a => (Type)a.Value!).Where(t => t != typeof(void)).Select(t => t.FullName!)
            : [];

    private static string Input(bool byValue, bool byName) => (byValue, byName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    /// <summary>As PowerShell's users write it.</summary>
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

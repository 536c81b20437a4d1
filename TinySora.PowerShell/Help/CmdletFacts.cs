using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace TinySora.Help;

/// <summary>A parameter in one parameter set.</summary>
/// <param name="Set">Name of the set; <see cref="AllSets"/> for all sets.</param>
/// <param name="Position">Position of the parameter; <c>null</c> for a named parameter.</param>
internal sealed record ParameterFacts(
    string Name, string Type, bool IsSwitch, string Set, bool Mandatory, int? Position, bool Wildcards,
    IReadOnlyList<string> Aliases)
{
    /// <summary>Default value as text; <c>null</c> if there is none, or if the page describes it.</summary>
    public string? Default { get; init; }

    /// <summary>Whether the parameter binds to piped objects, and to their properties.</summary>
    public (bool ByValue, bool ByName) Pipeline { get; init; }

    /// <summary>Pipeline input as Get-Help shows it.</summary>
    public string Input => Pipeline switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    public const string AllSets = "__AllParameterSets";
}

/// <summary>Facts about a cmdlet, taken from its attributes.</summary>
internal sealed record CmdletFacts(
    string Verb, string Noun, string DefaultSet, IReadOnlyList<ParameterFacts> Parameters, IReadOnlyList<string> Outputs)
{
    private const int MaxItems = 4;

    public string Name => $"{Verb}-{Noun}";

    /// <summary>Parameter sets, starting with the default set, each with its parameters ordered by position.</summary>
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

    /// <returns><c>null</c> if the type is not a cmdlet.</returns>
    public static CmdletFacts? Of(Type type) => type.GetCustomAttribute<CmdletAttribute>() is not CmdletAttribute cmdlet ? null : new(
        cmdlet.VerbName, cmdlet.NounName, cmdlet.DefaultParameterSetName ?? ParameterFacts.AllSets,
        [.. ParametersOf(type), .. cmdlet.SupportsShouldProcess ? new[] { Common("WhatIf"), Common("Confirm") } : []],
        [.. type.GetCustomAttributes<OutputTypeAttribute>().SelectMany(output => output.Type).Select(output => output.Type)
            .Where(output => output != typeof(void)).Select(output => output.FullName!)]);

    private static IEnumerable<ParameterFacts> ParametersOf(Type type)
    {
        var fresh = Activator.CreateInstance(type);
        using (fresh as IDisposable)
        {
            return [.. type.GetProperties().SelectMany(property => Parameter(property, fresh))];
        }
    }

    /// <summary>Returns the facts about a parameter in each of its sets. The attributes of an overriding property replace those of the base.</summary>
    /// <param name="fresh">Cmdlet instance with default values.</param>
    private static IEnumerable<ParameterFacts> Parameter(PropertyInfo property, object? fresh) =>
        from declared in property.GetCustomAttributes<ParameterAttribute>(inherit: false)
        where !declared.DontShow
        select new ParameterFacts(
            property.Name, TypeName(property.PropertyType), property.PropertyType == typeof(SwitchParameter), declared.ParameterSetName, declared.Mandatory,
            declared.Position == int.MinValue ? null : declared.Position,
            property.IsDefined(typeof(SupportsWildcardsAttribute), inherit: false),
            property.GetCustomAttribute<AliasAttribute>(inherit: false)?.AliasNames.ToList() ?? [])
        {
            Default = Text(property.GetValue(fresh)),
            Pipeline = (declared.ValueFromPipeline, declared.ValueFromPipelineByPropertyName),
        };

    private static ParameterFacts Common(string name) =>
        new(name, "switch", true, ParameterFacts.AllSets, false, null, false, []);

    /// <summary>Converts a default value to text; <c>null</c> if the value is missing, empty, or a long list.</summary>
    private static string? Text(object? value) => value switch
    {
        null or SwitchParameter or false or "" => null,
        string text => text,
        IDictionary => null,
        Array { Length: 0 or > MaxItems } => null,
        IEnumerable several => string.Join(", ", several.Cast<object>().Select(Text)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>Returns the name of a type in PowerShell.</summary>
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
}

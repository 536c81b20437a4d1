using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace TinySora.Help;

/// <summary>A parameter in one parameter set.</summary>
/// <param name="Set">The set's name; <see cref="AllSets"/> for all.</param>
/// <param name="Position">null: named.</param>
internal sealed record ParameterFacts(
    string Name, string Type, bool IsSwitch, string Set, bool Mandatory, int? Position, bool Wildcards,
    IReadOnlyList<string> Aliases)
{
    /// <summary>What holds where it is not given; null: nothing, or what the page says.</summary>
    public string? Default { get; init; }

    /// <summary>Whether the pipeline may bring the value itself, or an object with a property of its name.</summary>
    public (bool ByValue, bool ByName) Pipeline { get; init; }

    /// <summary>How Get-Help writes what the pipeline may bring.</summary>
    public string Input => Pipeline switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

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

    /// <summary>Facts of a parameter in each of its sets: an override has its own attributes in place of the base's.</summary>
    /// <param name="fresh">A cmdlet that nobody has set anything of.</param>
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
}

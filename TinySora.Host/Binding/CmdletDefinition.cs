using System.Management.Automation;
using System.Numerics;
using System.Reflection;

namespace TinySora.Host.Binding;

/// <summary>A cmdlet as its class declares it; parameter sets are bits of a number.</summary>
internal sealed class CmdletDefinition
{
    private static readonly ParameterDefinition[] Common =
        ParameterDefinition.Of(typeof(CommonParameters), isCommon: true);

    private static readonly ParameterDefinition[] ShouldProcess =
        ParameterDefinition.Of(typeof(ShouldProcessParameters), isCommon: true);

    private readonly List<string> setNames;

    public CmdletDefinition(Type type, PSModuleInfo? module)
    {
        Type = type;
        Attribute = type.GetCustomAttribute<CmdletAttribute>()!;
        Aliases = [.. type.GetCustomAttributes<AliasAttribute>().SelectMany(a => a.AliasNames)];
        OutputTypes = [.. type.GetCustomAttributes<OutputTypeAttribute>().SelectMany(a => a.Type)];
        Own = ParameterDefinition.Of(type);
        All = [.. Own, .. Common, .. Attribute.SupportsShouldProcess ? ShouldProcess : []];
        setNames = [.. Own.SelectMany(p => p.Sets.Keys)
            .Append(Attribute.DefaultParameterSetName ?? ParameterAttribute.AllParameterSets)
            .Where(n => n != ParameterAttribute.AllParameterSets).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (setNames.Count == 0)
        {
            setNames.Add(ParameterAttribute.AllParameterSets);
        }

        Info = new CmdletInfo(Attribute.VerbName, Attribute.NounName, type, module,
            syntax: () => string.Join(Environment.NewLine, Syntax.Of(this)));
    }

    public Type Type { get; }

    public CmdletAttribute Attribute { get; }

    public CmdletInfo Info { get; }

    public string Name => Info.Name;

    public IReadOnlyList<string> Aliases { get; }

    public IReadOnlyList<PSTypeName> OutputTypes { get; }

    /// <summary>The cmdlet's own parameters.</summary>
    public IReadOnlyList<ParameterDefinition> Own { get; }

    /// <summary>Its own and the common ones.</summary>
    public IReadOnlyList<ParameterDefinition> All { get; }

    public uint AllSets => setNames.Count >= 32 ? uint.MaxValue : (1u << setNames.Count) - 1;

    /// <summary>The default set's bit, or 0.</summary>
    public uint DefaultSet => Attribute.DefaultParameterSetName is string name ? Bit(name) : setNames.Count == 1 ? 1u : 0;

    /// <summary>Whether the class is a cmdlet that can be called.</summary>
    public static bool IsCmdlet(Type type) => !type.IsAbstract && type.IsSubclassOf(typeof(Cmdlet))
        && type.GetConstructor(Type.EmptyTypes) is not null && type.IsDefined(typeof(CmdletAttribute), inherit: false);

    public string SetName(uint bit) => setNames[BitOperations.TrailingZeroCount(bit)];

    public static IEnumerable<uint> Each(uint sets)
    {
        for (; sets != 0; sets &= sets - 1)
        {
            yield return sets & (~sets + 1);
        }
    }

    /// <summary>The sets that a parameter belongs to.</summary>
    public uint SetsOf(ParameterDefinition parameter) => parameter.Sets.ContainsKey(ParameterAttribute.AllParameterSets)
        ? AllSets
        : parameter.Sets.Keys.Aggregate(0u, (bits, name) => bits | Bit(name));

    /// <summary>How a parameter is declared in one set; null when it is not in it.</summary>
    public ParameterAttribute? In(ParameterDefinition parameter, uint set) =>
        parameter.Sets.GetValueOrDefault(SetName(set)) ?? parameter.Sets.GetValueOrDefault(ParameterAttribute.AllParameterSets);

    /// <summary>Its declarations in any of some sets.</summary>
    public IEnumerable<ParameterAttribute> InAny(ParameterDefinition parameter, uint sets) =>
        Each(sets).Select(set => In(parameter, set)).OfType<ParameterAttribute>();

    private uint Bit(string name) => 1u << setNames.FindIndex(n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
}

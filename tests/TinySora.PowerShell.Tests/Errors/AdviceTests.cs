using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TinySora.Help;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>
/// Advice must suit its reader: a parameter that it names exists on every cmdlet that can report it, or follows the name of a cmdlet
/// that has it (Start-TinySoraTraining with -Force); a configuration key exists in every family that can report it. The test derives
/// the callers from the code. Interpolated names in a message are checked, too.
/// </summary>
[Collection(nameof(CmdletTests))]
public sealed partial class AdviceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private const string Families = "TinySora.Engine.Families.";

    /// <summary>The studio's errors are shown on its page, not by the cmdlet that serves it.</summary>
    private const string OnThePage = "TinySora.Engine.Studio.ClipService";

    private static readonly Assembly Cmdlets = Workspace.Cmdlets[0].ImplementingType.Assembly;
    private static readonly Assembly Engine = Catalogue.Engine;
    private static readonly Lazy<CallGraph> Graph = new(() => new CallGraph([Cmdlets, Engine]));

    /// <summary>Families by namespace, with a preset for each.</summary>
    private static readonly IReadOnlyDictionary<string, string> Presets = new Dictionary<string, string>
    {
        ["PixelUNet"] = "default", ["VideoAutoencoder"] = "shapes-vae", ["FrameAutoencoder"] = "latte-mnist-vae", ["LatentTransformer"] = "shapes-latent",
        ["TokenModel"] = "shapes-gpt",
    };

    /// <summary>Exceptions that calls alone do not reveal: one family asks for vectors next to the clips, and two have rules for lengths.</summary>
    private static readonly Dictionary<string, string[]> Alone = new()
    {
        ["DataErrors.NoVectors"] = ["PixelUNet"], ["DataErrors.VectorUnusable"] = ["PixelUNet"], ["ModelErrors.VectorWidth"] = ["PixelUNet"],
        ["DataErrors.OtherLength"] = ["PixelUNet", "VideoAutoencoder"], ["DataErrors.TooShort"] = ["PixelUNet", "VideoAutoencoder"],
    };

    [Fact]
    public void Parameters_in_advice_exist_on_the_reporting_cmdlet()
    {
        var parameters = Workspace.Cmdlets.ToDictionary(cmdlet => cmdlet.Name, cmdlet => cmdlet.Parameters.Values.SelectMany(parameter => parameter.Names).ToHashSet());
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var looked = 0;
        foreach (var cmdlet in Workspace.Cmdlets)
        {
            foreach (var error in ErrorsOf(cmdlet.ImplementingType))
            {
                looked++;
                foreach (var (owner, parameter) in Named($"{error.Message}. {error.Advice}").Where(named => !parameters[named.Cmdlet ?? cmdlet.Name].Contains(named.Parameter)))
                {
                    wrong.Add($"{error.Method} advises -{parameter} of {owner ?? cmdlet.Name}, which has none");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(looked > 1000, $"Only {looked} errors were found in all cmdlets together.");
    }

    [Fact]
    public void Keys_in_advice_exist_in_the_reporting_family()
    {
        using var workspace = new Workspace();
        var keys = Presets.ToDictionary(preset => preset.Key, preset => workspace.Good($"Get-TinySoraConfig {preset.Value}").Values("Key").Cast<string>().ToHashSet());
        var known = keys.Values.SelectMany(own => own).ToHashSet();
        var sections = known.Where(key => key.Contains('.', StringComparison.Ordinal)).Select(key => key.Split('.')[0]).ToHashSet();
        Assert.All(Catalogue.Entries, error => Assert.All(Keys(error), key => Assert.Contains(key, known)));

        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (family, own) in keys)
        {
            var types = Engine.GetTypes().Where(type => IsOf(type, family)).ToList();
            var reached = Graph.Value.Reachable(
                types.SelectMany(Methods), types, type => keys.Keys.Any(other => other != family && IsOf(type, other)));
            var errors = Made(reached).Where(error => !Alone.TryGetValue(error.Method, out var families) || families.Contains(family));
            wrong.UnionWith(errors.SelectMany(error => Keys(error).Except(own).Select(key => $"{error.Method} advises {key}, which {family} has not")));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        IEnumerable<string> Keys(ErrorEntry error) =>
            Key().Matches($"{error.Message} {error.Advice}").Select(match => match.Value).Where(key => sections.Contains(key.Split('.')[0]));
    }

    /// <summary>Finds the errors that a cmdlet can report.</summary>
    private static IEnumerable<ErrorEntry> ErrorsOf(Type cmdlet)
    {
        var line = new HashSet<Type>();
        for (var type = cmdlet; type.Assembly == Cmdlets; type = type.BaseType!)
        {
            line.Add(type);
        }

        // PowerShell creates the cmdlet, sets its properties and calls its overrides.
        var begun = line.SelectMany(Methods).Where(method => method is ConstructorInfo || method.IsSpecialName
            || (method is MethodInfo { IsVirtual: true } own && own.GetBaseDefinition().DeclaringType!.Assembly != Cmdlets));
        var made = Engine.GetTypes().SelectMany(Methods).Where(method => method.IsDefined(typeof(ModuleInitializerAttribute)));
        return Made(Graph.Value.Reachable(
            begun.Concat(made), line, type => (IsCmdlet(Outermost(type)) && !line.Contains(Outermost(type))) || type.FullName == OnThePage));
    }

    private static IEnumerable<ErrorEntry> Made(IEnumerable<MethodBase> reached)
    {
        var names = reached.Select(method => $"{method.DeclaringType!.Name}.{method.Name}").ToHashSet();
        return Catalogue.Entries.Where(error => names.Contains(error.Method));
    }

    /// <summary>Finds the parameters in a text, each with the preceding cmdlet in its sentence.</summary>
    private static IEnumerable<(string? Cmdlet, string Parameter)> Named(string text)
    {
        string? cmdlet = null;
        foreach (Match match in Part().Matches(text))
        {
            if (match.Groups["parameter"] is { Success: true } parameter)
            {
                yield return (cmdlet, parameter.Value);
            }
            else
            {
                cmdlet = match.Groups["cmdlet"] is { Success: true } named ? named.Value : null;
            }
        }
    }

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)).Where(method => !method.IsAbstract);

    private static Type Outermost(Type type) => type.IsNested ? Outermost(type.DeclaringType!) : type;

    private static bool IsCmdlet(Type type) => type.Assembly == Cmdlets && Workspace.Cmdlets.Any(cmdlet => type.IsAssignableFrom(cmdlet.ImplementingType));

    private static bool IsOf(Type type, string family) => type.Namespace is string name
        && (name == Families + family || name.StartsWith($"{Families}{family}.", StringComparison.Ordinal));

    [GeneratedRegex(@"\b(?<cmdlet>[A-Z][A-Za-z]+-TinySora[A-Z]\w+)|(?<![\w-])-(?<parameter>[A-Z][A-Za-z]+)(?![\w-])|[.;] ")]
    private static partial Regex Part();

    /// <summary>Excludes function calls and files.</summary>
    [GeneratedRegex(@"(?<![\w./-])[a-z]+\.[a-z]\w*\b(?![(.])")]
    private static partial Regex Key();
}

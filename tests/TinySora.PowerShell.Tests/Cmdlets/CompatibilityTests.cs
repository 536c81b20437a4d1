using System.Management.Automation;
using System.Reflection;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>
/// Compares the cmdlets with those of all releases in tests/compat. With TINYSORA_WRITE_COMPAT=VERSION in the environment, the list of a new release is
/// written first.
/// </summary>
[Collection(nameof(CmdletTests))]
public sealed class CompatibilityTests : IDisposable
{
    private const string ListName = "cmdlets.txt";

    private static readonly string Root = Repository.At("tests", "compat");

    private readonly Workspace workspace = new();

    static CompatibilityTests()
    {
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_COMPAT") is { Length: > 0 } version && !File.Exists(Path.Combine(Root, version, ListName)))
        {
            Directory.CreateDirectory(Path.Combine(Root, version));
            File.WriteAllLines(Path.Combine(Root, version, ListName), Workspace.Cmdlets.SelectMany(Describe));
        }
    }

    public static TheoryData<string> Releases => [.. Directory.GetDirectories(Root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => workspace.Dispose();

    [Theory]
    [MemberData(nameof(Releases))]
    public void Cmdlets_keep_their_parameters_and_the_properties_of_their_output(string release)
    {
        var current = Read(Workspace.Cmdlets.SelectMany(Describe));
        Assert.All(Read(File.ReadLines(Path.Combine(Root, release, ListName))), line => Assert.Empty(line.Value.Except(current.GetValueOrDefault(line.Key, []))));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Piped_recipe_of_a_release_repeats_its_video(string release)
    {
        var run = workspace.Good(
            $"Get-TinySoraRecipe '{Root}/{release}/videos/unet.png' | Invoke-TinySoraGenerate -Checkpoint '{Root}/{release}/models/unet.safetensors' -OutputPath out");
        Assert.Equal(workspace.At("out", "unet_remade.png"), Assert.Single(run.Values("Path")));
    }

    private static Dictionary<string, string[]> Read(IEnumerable<string> lines) =>
        lines.Select(line => line.Split(": ")).ToDictionary(parts => parts[0], parts => parts[1].Split(", "));

    private static IEnumerable<string> Describe(CmdletInfo cmdlet)
    {
        var types = cmdlet.OutputType.Select(output => output.Type).OfType<Type>();
        var properties = types.SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)).Select(property => property.Name);
        foreach (var (name, items) in new[] { (cmdlet.Name, cmdlet.Own.SelectMany(parameter => parameter.Names)), ($"{cmdlet.Name} returns", properties) })
        {
            if (items.Distinct().Order(StringComparer.Ordinal).ToList() is { Count: > 0 } all)
            {
                yield return $"{name}: {string.Join(", ", all)}";
            }
        }
    }
}

using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed partial class ModuleTests
{
    [Fact]
    public void Manifest_exports_exactly_the_cmdlets_of_the_assembly()
    {
        var manifest = File.ReadAllText(Path.Combine(Workspace.ModuleFolder, "TinySora.psd1"));
        var names = Workspace.Cmdlets[0].ImplementingType.Assembly.GetTypes().Select(type => type.GetCustomAttribute<CmdletAttribute>())
            .OfType<CmdletAttribute>().Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");
        Assert.Equal(names.Order(StringComparer.Ordinal), Names().Matches(manifest).Select(m => m.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Module_folder_is_complete_and_contains_nothing_of_PowerShell()
    {
        var files = Directory.GetFiles(Workspace.ModuleFolder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Workspace.ModuleFolder, f)).ToList();
        Assert.Superset(
            new HashSet<string>
            {
                "TinySora.psd1", "TinySora.psm1", "TinySora.Types.psd1", "TinySora.format.ps1xml", "TinySora.types.ps1xml", "TinySora.Loader.dll", "TinySora.PowerShell.dll",
                "TinySora.Engine.dll", "YamlDotNet.dll", "LICENSE", Path.Combine("en-US", "TinySora.PowerShell.dll-Help.xml"),
            },
            new HashSet<string>(files));
        Assert.DoesNotContain("System.Management.Automation.dll", files);
    }

    /// <summary>In a separate process, because a session keeps what it has loaded.</summary>
    [Fact]
    public void Second_copy_replaces_the_first()
    {
        using var workspace = new Workspace();
        Directory.CreateDirectory(workspace.At("copy"));
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder))
        {
            File.Copy(file, workspace.At("copy", Path.GetFileName(file)));
        }

        var (code, output, error) = Pwsh.Run(workspace.Folder, Workspace.ModuleFolder, $"""
            foreach ($copy in './copy', '{Workspace.ModuleFolder}', './copy') {"{"}
                Import-Module $copy/TinySora.psd1
                "$((Get-Module TinySora).Count) $((Get-Command -Module TinySora).Count) $((Get-TinySoraConfig -Key model.dim).Value)"
                (Get-TinySoraConfig -Key model.dim | Out-String) -match 'Key +Value +Default'
            {"}"}
            Split-Path (Split-Path (Get-Module TinySora).Path) -Leaf
            """);
        Assert.Equal((ExitCode.Success, ""), (code, error));
        var same = $"1 {Workspace.Cmdlets.Count} 64";
        Assert.Equal([same, "True", same, "True", same, "True", "copy"], output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Device_describes_where_tensors_are_computed()
    {
        using var workspace = new Workspace();
        var run = workspace.Good("Get-TinySoraDevice");
        var most = Environment.GetEnvironmentVariable("TINYSORA_THREADS") is { Length: > 0 } count ? int.Parse(count) : Environment.ProcessorCount;
        Assert.InRange((int)Assert.Single(run.Values("Threads"))!, 1, most);
        Assert.Matches(@"^\d+\.\d+", (string)Assert.Single(run.Values("LibTorchVersion"))!);
    }

    [GeneratedRegex("[A-Z][A-Za-z]+-TinySora[A-Z][A-Za-z]+")]
    private static partial Regex Names();
}

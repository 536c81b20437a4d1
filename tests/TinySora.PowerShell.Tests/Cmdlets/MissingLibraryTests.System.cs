using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class MissingLibraryTests
{
    [Fact]
    public void Missing_libtorch_is_named_with_the_way_to_get_it()
    {
        using var workspace = new Workspace();
        // A module without its native library; a load context of its own keeps the other tests' libtorch out.
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder, "*.dll"))
        {
            Directory.CreateDirectory(workspace.At("module"));
            File.Copy(file, workspace.At("module", Path.GetFileName(file)));
        }

        var error = workspace.Bad(
            "Get-TinySoraDevice", "TinySora.Runtime.LibTorchMissing", ErrorCategory.NotInstalled, Workspace.Load(workspace.At("module")));
        Assert.Contains("libtinysora_torch.so", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ErrorDetails.Message);
        Assert.Contains("Install-TinySoraRuntime", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }
}

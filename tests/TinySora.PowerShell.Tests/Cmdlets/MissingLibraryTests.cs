using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class MissingLibraryTests
{
    [Fact]
    public void Missing_libtorch_is_named_with_the_way_to_get_it()
    {
        using var workspace = new Workspace();
        // A module without its native library; a load context of its own keeps the other tests' libtorch out. It lies beside the
        // tests, because Windows deletes no file that is loaded.
        var module = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "ModuleWithoutLibrary")).FullName;
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder, "*.dll"))
        {
            File.Copy(file, Path.Combine(module, Path.GetFileName(file)), overwrite: true);
        }

        var error = workspace.Bad(
            "Get-TinySoraDevice", "TinySora.Runtime.LibTorchMissing", ErrorCategory.NotInstalled, Workspace.Load(module));
        Assert.Contains("libtinysora_torch.so", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ErrorDetails.Message);
        Assert.Contains("Install-TinySoraRuntime", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }
}

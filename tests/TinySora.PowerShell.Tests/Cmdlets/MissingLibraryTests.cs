namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class MissingLibraryTests
{
    [Fact]
    public void Missing_libtorch_is_named_with_the_way_to_get_it()
    {
        using var workspace = new Workspace();
        // A process of its own: in this one libtorch is loaded, and the system would find it.
        var module = Directory.CreateDirectory(workspace.At("module")).FullName;
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder).Where(file => !Path.GetFileName(file).StartsWith("lib", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(module, Path.GetFileName(file)));
        }

        var (code, _, error) = Pwsh.Run(workspace.Folder, module, "Get-TinySoraDevice");
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("LibTorchSharp was found neither beside the module nor by the system", error, StringComparison.Ordinal);
        Assert.Contains("Install-TinySoraRuntime", error, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet/TorchSharp/issues", error, StringComparison.Ordinal);

        var (checkedCode, checks, _) = Pwsh.Run(
            workspace.Folder, module, "Test-TinySoraInstallation | Where-Object State -eq Failed | ForEach-Object { \"$($_.Name): $($_.Advice)\" }; Test-TinySoraInstallation -Quiet");
        Assert.Equal(ExitCode.Success, checkedCode);
        string[] failed = OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll", "torch.dll", "LibTorchSharp.dll"]
            : ["libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so"];
        var lines = checks.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal([.. failed, "libtorch"], lines[..^1].Select(line => line.Split(':')[0]));
        Assert.All(lines[..^1], line => Assert.Contains("Run Install-TinySoraRuntime", line, StringComparison.Ordinal));
        Assert.Equal("False", lines[^1]);
    }
}

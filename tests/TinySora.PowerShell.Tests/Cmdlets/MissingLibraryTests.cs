namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class MissingLibraryTests
{
    [Fact]
    public void Address_space_limit_too_small_for_libtorch_is_named()
    {
        Needs.Proc();
        using var workspace = new Workspace();

        // .NET starts with less than two of these, and libtorch needs half of another. The need of .NET depends on the machine.
        foreach (var gigabytes in new[] { 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0 })
        {
            var line = $"ulimit -v {(long)(gigabytes * (1 << 20))}; exec {Pwsh.ShellLine} Get-TinySoraDevice";
            var (code, _, error) = Pwsh.Finish(Pwsh.Start("sh", ["-c", line], workspace.Folder, Workspace.ModuleFolder));
            Assert.DoesNotContain("Install-TinySoraRuntime", error, StringComparison.Ordinal);
            if (error.Contains("ulimit -v unlimited", StringComparison.Ordinal))
            {
                return;
            }

            Assert.SkipWhen(code == ExitCode.Success, "Between what .NET needs and what libtorch needs there is less than the step of the limits.");
        }
    }

    [Fact]
    public void Missing_libtorch_is_reported_with_instructions_to_get_it()
    {
        using var workspace = new Workspace();
        // In a separate process: in this one libtorch is loaded, and the system would find it.
        var module = Directory.CreateDirectory(workspace.At("module")).FullName;
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder).Where(file => !Path.GetFileName(file).StartsWith("lib", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(module, Path.GetFileName(file)));
        }

        var (code, _, error) = Pwsh.Run(workspace.Folder, module, "Get-TinySoraDevice");
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("LibTorchSharp was found neither next to the module nor by the system", error, StringComparison.Ordinal);
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

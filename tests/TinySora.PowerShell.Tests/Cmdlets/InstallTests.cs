using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using TinySora.Build;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>
/// The module as the gallery delivers it, without native libraries, in a folder that many a script gets wrong; each line runs
/// in a process of its own, because libtorch stays loaded.
/// </summary>
[Collection(nameof(CmdletTests))]
public sealed class InstallTests : IDisposable
{
    private const string Library = "libtinysora_torch.so";
    private const string Kernels = "libtinysora_kernels.so";

    private readonly Workspace workspace = new();
    private readonly string module;
    private readonly string? before = Environment.GetEnvironmentVariable("TINYSORA_RUNTIME");

    public InstallTests()
    {
        Needs.Unix("native library of the System flavour");
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", workspace.At("data [1]"));
        module = workspace.At("My [Modules]", "TinySora", "0.1.0");
        ModulePackage.Stage(Workspace.ModuleFolder, module);
        var platform = $"linux-{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        var native = Directory.CreateDirectory(workspace.At("native", "runtimes", platform, "native")).FullName;
        foreach (var library in new[] { Library, Kernels })
        {
            File.Copy(Path.Combine(Workspace.ModuleFolder, library), Path.Combine(native, library));
        }

        var package = ModulePackage.Write(workspace.At("native"), workspace.At("packages"), new XElement("metadata",
            new XElement("id", "TinySora.Native"), new XElement("version", "0.1.0"), new XElement("authors", "us"), new XElement("description", "test")));
        File.WriteAllText(Path.Combine(module, "runtime.json"), JsonSerializer.Serialize(new
        {
            name = "system-0.1.0",
            packages = new[] { new { id = "TinySora.Native", version = "0.1.0", sha512 = Convert.ToHexString(SHA512.HashData(File.ReadAllBytes(package))) } },
        }));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", before);
        workspace.Dispose();
    }

    [Fact]
    public void Module_without_libraries_computes_once_they_are_installed()
    {
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("Install-TinySoraRuntime", error, StringComparison.Ordinal);

        Assert.Contains("What if: ", Good("Install-TinySoraRuntime ./packages -WhatIf"), StringComparison.Ordinal);
        Assert.Empty(workspace.Names("data [1]"));

        Good("Install-TinySoraRuntime ./packages");
        Assert.Contains("System", Good("Get-TinySoraDevice"), StringComparison.Ordinal);
        Assert.Contains("fused", Good("Get-TinySoraDevice | Format-List Kernels"), StringComparison.Ordinal);
        Good("New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml");
        Assert.Contains("a_red_circle.gif", Good("Invoke-TinySoraGenerate 'a red circle'"), StringComparison.Ordinal);

        // Once more there is nothing to do, not even without the packages.
        Directory.Delete(workspace.At("packages"), recursive: true);
        Assert.Contains("system-0.1.0", Good("Install-TinySoraRuntime ./packages"), StringComparison.Ordinal);
    }

    [Fact]
    public void Library_that_was_cut_short_is_refused_until_it_is_installed_anew()
    {
        Good("Install-TinySoraRuntime ./packages");
        var library = Directory.GetFiles(workspace.At("data [1]"), Library, SearchOption.AllDirectories).Single();
        File.WriteAllBytes(library, File.ReadAllBytes(library)[..1000]);
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("has 1000 bytes instead of", error, StringComparison.Ordinal);
        Good("Install-TinySoraRuntime ./packages");
        Good("Get-TinySoraDevice");
    }

    [Fact]
    public void Kernels_for_another_libtorch_are_refused_and_training_goes_on_without_them()
    {
        Good("Install-TinySoraRuntime ./packages");
        var bytes = File.ReadAllBytes(Path.Combine(Workspace.ModuleFolder, Kernels));
        var version = (string)Assert.Single(workspace.Good("Get-TinySoraDevice").Values("LibTorchVersion"))!;
        var start = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{version}\0"));
        Assert.True(start > 0, $"the kernels do not name libtorch {version}");
        bytes[start + 1] = (byte)'9';
        File.WriteAllBytes(Path.Combine(module, Kernels), bytes); // goes before what was installed

        var device = Good("Get-TinySoraDevice | Format-List Kernels");
        Assert.Contains($"compiled against libtorch 9{version[1..]}, and {version} is loaded", device, StringComparison.Ordinal);
        Good("New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml");
    }

    [Fact]
    public void Libtorch_that_is_pointed_to_is_the_one_that_is_loaded()
    {
        var libtorch = (string)Assert.Single(workspace.Good("Get-TinySoraDevice").Values("LibTorchPath"))!;
        Directory.CreateDirectory(workspace.At("venv", "lib"));

        // A copy under its own name and that of the development package, as a folder of libtorch has it.
        File.Copy(libtorch, workspace.At("venv", "lib", "libtorch_cpu.so"));
        Good("Install-TinySoraRuntime ./packages -LibTorchPath ./venv");
        Assert.Contains(workspace.At("venv", "lib", "libtorch_cpu.so"), Good("Get-TinySoraDevice | Format-List LibTorchPath"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_has_the_name_of_a_libtorch_is_named_as_what_cannot_be_loaded()
    {
        workspace.AddLibTorch("venv");
        Good("Install-TinySoraRuntime ./packages -LibTorchPath ./venv");
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("TinySora.Runtime.LibTorchMissing", error, StringComparison.Ordinal);
        Assert.Contains(workspace.At("venv", "lib", "libtorch_cpu.so"), error, StringComparison.Ordinal);
    }

    private string Good(string line)
    {
        var (code, output, error) = Run(line);
        Assert.True(code == ExitCode.Success, $"{line}\n{error}");
        return output;
    }

    private (int Code, string Output, string Error) Run(string line) =>
        HostProgram.Run(workspace.Folder, module, line);
}

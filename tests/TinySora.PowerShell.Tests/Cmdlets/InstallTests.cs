using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml.Linq;
using TinySora.Build;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>
/// The module as delivered by the gallery, without libtorch, in a folder whose name is difficult for scripts. Each line runs
/// in a separate process, because libtorch stays loaded.
/// </summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class InstallTests : IDisposable
{
    private static readonly (string Library, string Torch, string Kernels, string Platform) Names = OperatingSystem.IsWindows()
        ? ("LibTorchSharp.dll", "torch_cpu.dll", "tinysora_kernels.dll", "win-x64")
        : ("libLibTorchSharp.so", "libtorch_cpu.so", "libtinysora_kernels.so", "linux-x64");

    private static readonly string Libraries = Path.Combine(Workspace.ModuleFolder, "runtimes", Names.Platform, "native");

    private readonly Workspace workspace = new();
    private readonly string module;
    private readonly string? before = Environment.GetEnvironmentVariable("TINYSORA_RUNTIME");

    public InstallTests()
    {
        Assert.SkipUnless(Directory.Exists(LibTorchPackages), "libtorch for the CPU is not among NuGet's packages.");
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", workspace.At("data [1]"));
        module = workspace.At("My [Modules]", "TinySora", AssemblyName.GetAssemblyName(Path.Combine(Workspace.ModuleFolder, "TinySora.PowerShell.dll")).Version!.ToString(3));
        ModulePackage.Stage(Workspace.ModuleFolder, module);
        var native = Directory.CreateDirectory(workspace.At("native", "runtimes", Names.Platform, "native")).FullName;
        File.Copy(Path.Combine(Libraries, Names.Library), Path.Combine(native, Names.Library));
        var own = ModulePackage.Write(workspace.At("native"), workspace.At("packages"), new XElement("metadata",
            new XElement("id", "TorchSharp"), new XElement("version", "0.1.0"), new XElement("authors", "us"), new XElement("description", "test")));
        // The original package from NuGet's cache: libtorch's files are too large to pack again.
        var libtorch = Directory.GetFiles(LibTorchPackages, "*.nupkg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var version = Path.GetFileName(Path.GetDirectoryName(libtorch)!);
        File.Copy(libtorch, workspace.At("packages", Path.GetFileName(libtorch)));
        File.WriteAllText(Path.Combine(module, "runtime.json"), JsonSerializer.Serialize(new
        {
            name = "torchsharp-0.1.0",
            packages = new[] { Entry("TorchSharp", "0.1.0", own), Entry(Path.GetFileName(LibTorchPackages), version, libtorch) },
        }));

        static object Entry(string id, string version, string file) =>
            new { id, version, sha512 = Convert.ToHexString(SHA512.HashData(File.ReadAllBytes(file))) };
    }

    private static string LibTorchPackages { get; } = typeof(Workspace).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "LibTorchPackages").Value!;

    private static bool HasKernels => File.Exists(Path.Combine(Workspace.ModuleFolder, Names.Kernels));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", before);
        workspace.Dispose();
    }

    [Fact]
    public void Module_without_libraries_computes_after_they_are_installed()
    {
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("Install-TinySoraRuntime", error, StringComparison.Ordinal);

        Assert.Contains("What if: ", Good("Install-TinySoraRuntime ./packages -WhatIf"), StringComparison.Ordinal);
        Assert.Empty(workspace.Names("data [1]"));

        Good("Install-TinySoraRuntime ./packages");
        var device = Good("Get-TinySoraDevice | ForEach-Object { $_.LibTorchPath; $_.Kernels }");
        Assert.Contains(workspace.At("data [1]"), device, StringComparison.Ordinal);
        Assert.Contains(HasKernels ? "fused" : "none", device, StringComparison.Ordinal);
        Good("New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml");
        Assert.Contains("a_red_circle.gif", Good("(Invoke-TinySoraGenerate 'a red circle').Path"), StringComparison.Ordinal);

        // The second call has nothing to do, even without the packages.
        Directory.Delete(workspace.At("packages"), recursive: true);
        Assert.Contains("torchsharp-0.1.0", Good("Install-TinySoraRuntime ./packages"), StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_library_is_refused_until_it_is_reinstalled()
    {
        Good(PointedTo);
        var library = Directory.GetFiles(workspace.At("data [1]"), Names.Library, SearchOption.AllDirectories).Single();
        File.WriteAllBytes(library, File.ReadAllBytes(library)[..1000]);
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("has 1000 bytes instead of", error, StringComparison.Ordinal);
        Good(PointedTo);
        Good("Get-TinySoraDevice");
    }

    [Fact]
    public void Kernels_that_cannot_be_loaded_are_named_and_training_continues_without_them()
    {
        Good(PointedTo);
        File.WriteAllText(Path.Combine(module, Names.Kernels), "no library");
        var device = Good("(Get-TinySoraDevice).Kernels");
        Assert.Contains($"none: {Path.Combine(module, Names.Kernels)} cannot be loaded", device, StringComparison.Ordinal);
        Good("New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml");
    }

    [Fact]
    public void Configured_libtorch_is_the_one_that_is_loaded()
    {
        Good(PointedTo);
        Assert.Contains(Path.Combine(Libraries, Names.Torch), Good("(Get-TinySoraDevice).LibTorchPath"), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_libtorch_file_is_named_as_the_library_that_cannot_be_loaded()
    {
        workspace.AddLibTorch("venv");
        Good("Install-TinySoraRuntime ./packages -LibTorchPath ./venv");
        var (code, _, error) = Run("Get-TinySoraDevice");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("libtorch cannot be loaded", error, StringComparison.Ordinal);
        Assert.Contains(workspace.At("venv", "lib", Names.Torch), error, StringComparison.Ordinal);
    }

    private static string PointedTo => $"Install-TinySoraRuntime ./packages -LibTorchPath '{Libraries}'";

    private string Good(string line)
    {
        var (code, output, error) = Run(line);
        Assert.True(code == ExitCode.Success, $"{line}\n{error}");
        return output;
    }

    private (int Code, string Output, string Error) Run(string line) =>
        Pwsh.Run(workspace.Folder, module, line);
}

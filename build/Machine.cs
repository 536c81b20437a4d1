using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>What this machine has: decided once, kept in artifacts/Machine.props, which every project imports.</summary>
internal static class Machine
{
    private static string PropsFile => Shell.At("artifacts", "Machine.props");

    /// <summary>Makes sure that everything the build needs is there, and writes down what was found.</summary>
    internal static void Prepare()
    {
        Prerequisites.Install();
        PowerShell.Get();
        var imageSharp = Remembered("HasImageSharp") ?? (Restores("SixLabors.ImageSharp") ? "true" : "false");
        var backend = Environment.GetEnvironmentVariable("TorchBackend") ?? Remembered("TorchBackend") ?? Backend();
        var tested = imageSharp == "true" ? "false"
            : Remembered("TestsImageSharp") ?? (Restores("SixLabors.ImageSharp", Pinned("TestedImageSharpVersion")) ? "true" : "false");
        Write(imageSharp, tested, backend, HasCompiler());
    }

    /// <summary>A version that Directory.Packages.props names; the environment variable of that name goes before it, as for MSBuild.</summary>
    internal static string Pinned(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } other ? other
            : Regex.Match(File.ReadAllText(Shell.At("Directory.Packages.props")), $"<{name} [^>]*>([^<]+)<").Groups[1].Value;

    /// <summary>Whether the fused kernels are for such a machine: for processors with AVX2.</summary>
    internal static bool TakesKernels => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static bool HasCompiler()
    {
        var has = TakesKernels && Shell.Find("g++") is not null;
        if (!has)
        {
            Console.WriteLine("The fused kernels are left out, since they are compiled by g++ on Linux for x64: libtorch's operators serve, "
                + "and take two to three times as long on a CPU.");
        }
        return has;
    }

    // What was probed before holds until artifacts/ is removed; probing costs seconds.
    private static string? Remembered(string property) =>
        File.Exists(PropsFile) && Regex.Match(File.ReadAllText(PropsFile), $"<{property}>([^<]+)<") is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>The native packages for NVIDIA's GPUs are gigabytes: only where there is a driver.</summary>
    private static string Backend()
    {
        var hasDriver = OperatingSystem.IsWindows()
            ? File.Exists(Path.Combine(Environment.SystemDirectory, "nvcuda.dll"))
            : Shell.Ask("ldconfig", "-p")?.Contains("libcuda.so", StringComparison.Ordinal) == true;
        return hasDriver && Restores(OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux") ? "cuda" : "cpu";
    }

    /// <summary>Whether the registry has a package, in the version that Directory.Packages.props names or, but for exact ones, a later.</summary>
    internal static bool Restores(string package) =>
        Restores(package, Pinned($"{package.Split('-')[0].Replace("SixLabors.", "", StringComparison.Ordinal)}Version"));

    private static bool Restores(string package, string version)
    {
        Console.WriteLine($"Asking the package registry for {package} {version} ...");
        var folder = Directory.CreateTempSubdirectory("tinysora-probe-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "Probe.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageReference Include="{package}" Version="{version}" /></ItemGroup>
                </Project>
                """);
            return Shell.Ask("dotnet", "restore", folder.FullName, "-v", "q") is not null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Written only when it changes: projects take it as an input.
    private static void Write(string imageSharp, string testsImageSharp, string backend, bool hasCompiler)
    {
        var text = $"""
            <Project>
              <PropertyGroup>
                <TorchBackend>{backend}</TorchBackend>
                <HasImageSharp>{imageSharp}</HasImageSharp>
                <TestsImageSharp>{testsImageSharp}</TestsImageSharp>
                <HasKernels>{(hasCompiler ? "true" : "false")}</HasKernels>
                <PowerShellFolder>{PowerShell.Folder}</PowerShellFolder>
              </PropertyGroup>
            </Project>

            """;
        if (!File.Exists(PropsFile) || File.ReadAllText(PropsFile) != text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PropsFile)!);
            File.WriteAllText(PropsFile, text);
        }
    }
}

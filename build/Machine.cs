using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>Facts about this machine, determined once and stored in artifacts/Machine.props, which every project imports.</summary>
internal static class Machine
{
    private static string PropsFile => Shell.At("artifacts", "Machine.props");

    /// <summary>Ensures that all prerequisites of the build are installed, and stores the facts that it finds.</summary>
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

    /// <summary>Returns a version from Directory.Packages.props; as in MSBuild, an environment variable with the same name overrides it.</summary>
    internal static string Pinned(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } other ? other
            : Regex.Match(File.ReadAllText(Shell.At("Directory.Packages.props")), $"<{name} [^>]*>([^<]+)<").Groups[1].Value;

    /// <summary>Whether this machine can compile its own fused kernels, which requires Linux on x64.</summary>
    internal static bool TakesKernels => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static bool HasCompiler()
    {
        var has = TakesKernels && Shell.Find("g++") is not null;
        if (!has)
        {
            Console.WriteLine("The fused kernels are not built, because they require g++ on Linux for x64. libtorch's operators are used instead, "
                + "which take two to three times as long on a CPU.");
        }
        return has;
    }

    // Reuse earlier results until artifacts/ is removed, because probing takes seconds.
    private static string? Remembered(string property) =>
        File.Exists(PropsFile) && Regex.Match(File.ReadAllText(PropsFile), $"<{property}>([^<]+)<") is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>
    /// Returns the backend: cuda only if an NVIDIA driver is installed, because the native packages for NVIDIA GPUs are several gigabytes in size.
    /// </summary>
    private static string Backend()
    {
        var hasDriver = OperatingSystem.IsWindows()
            ? File.Exists(Path.Combine(Environment.SystemDirectory, "nvcuda.dll"))
            : Shell.Capture("ldconfig", "-p")?.Contains("libcuda.so", StringComparison.Ordinal) == true;
        return hasDriver && Restores(CudaOfThisSystem) ? "cuda" : "cpu";
    }

    private static string CudaOfThisSystem => OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";

    /// <summary>TorchSharp's package for CUDA if the build uses it; otherwise <c>null</c>.</summary>
    internal static string? CudaPackage => Remembered("TorchBackend") == "cuda" ? CudaOfThisSystem : null;

    /// <summary>
    /// Returns whether the registry has a package in the version from Directory.Packages.props or, unless that version is exact, in a later one.
    /// </summary>
    private static bool Restores(string package) =>
        Restores(package, Pinned($"{package.Split('-')[0].Replace("SixLabors.", "", StringComparison.Ordinal)}Version"));

    private static bool Restores(string package, string version)
    {
        Console.WriteLine($"Checking the package registry for {package} {version} ...");
        var folder = Directory.CreateTempSubdirectory("tinysora-probe-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "Probe.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageReference Include="{package}" Version="{version}" /></ItemGroup>
                </Project>
                """);
            return Shell.Capture("dotnet", "restore", folder.FullName, "-v", "q") is not null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Write the file only if it changes, because projects depend on it.
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

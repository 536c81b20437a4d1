using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>What this machine has: decided once, kept in artifacts/Machine.props, which every project imports.</summary>
internal static class Machine
{
    private static string PropsFile => Shell.At("artifacts", "Machine.props");

    /// <summary>Makes sure that everything the build needs is there, and writes down which flavour is built.</summary>
    /// <param name="wanted">TorchSharp or System; null: TorchSharp where its packages can be had.</param>
    internal static string Prepare(string? wanted)
    {
        var flavor = wanted ?? Environment.GetEnvironmentVariable("TorchFlavor") ?? Remembered("TorchFlavor") ?? Probe();
        if (flavor is not ("TorchSharp" or "System"))
        {
            throw new BuildFailed($"There is no flavour '{flavor}'; choose TorchSharp or System.", 2);
        }
        if (flavor == "System" && !OperatingSystem.IsLinux())
        {
            throw new BuildFailed("The System flavour is built on Linux only; elsewhere use TorchSharp's packages.");
        }
        Prerequisites.Install(flavor);
        var libtorch = flavor == "System" ? LibTorch.Find() : LibTorch.ForKernels(Pinned("TorchSharpLibTorch"));
        if (libtorch is not null)
        {
            Console.WriteLine($"libtorch: {libtorch.Description}");
        }
        var imageSharp = Remembered("HasImageSharp") ?? (Restores("SixLabors.ImageSharp") ? "true" : "false");
        var backend = Environment.GetEnvironmentVariable("TorchBackend") ?? Remembered("TorchBackend") ?? (flavor == "TorchSharp" ? Backend() : "cpu");
        Write(flavor, libtorch, imageSharp, backend);
        return flavor;
    }

    /// <summary>A version that Directory.Packages.props names; the environment variable of that name goes before it, as for MSBuild.</summary>
    internal static string Pinned(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } other ? other
            : Regex.Match(File.ReadAllText(Shell.At("Directory.Packages.props")), $"<{name} [^>]*>([^<]+)<").Groups[1].Value;

    // What was probed before holds until artifacts/ is removed; probing costs seconds.
    private static string? Remembered(string property) =>
        File.Exists(PropsFile) && Regex.Match(File.ReadAllText(PropsFile), $"<{property}>([^<]+)<") is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>TorchSharp where its packages can be had; otherwise the system's libtorch.</summary>
    private static string Probe()
    {
        // On Debian the kernels make the other flavour the faster one as long as they want libtorch's headers, which its packages lack.
        var found = Restores("TorchSharp") && (!OperatingSystem.IsLinux() || Restores("SixLabors.ImageSharp"));
        Console.WriteLine(found ? "Building the TorchSharp flavour." : "Building the System flavour, over this machine's own libtorch.");
        return found ? "TorchSharp" : "System";
    }

    /// <summary>The native packages for NVIDIA's GPUs are gigabytes: only where there is a driver.</summary>
    private static string Backend()
    {
        var hasDriver = OperatingSystem.IsWindows()
            ? File.Exists(Path.Combine(Environment.SystemDirectory, "nvcuda.dll"))
            : Shell.Ask("ldconfig", "-p")?.Contains("libcuda.so", StringComparison.Ordinal) == true;
        return hasDriver && Restores(OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux") ? "cuda" : "cpu";
    }

    /// <summary>Whether the registry has a package, in the version that Directory.Packages.props names or, but for exact ones, a later.</summary>
    private static bool Restores(string package)
    {
        Console.WriteLine($"Asking the package registry for {package} ...");
        var version = Pinned($"{package.Split('-')[0].Replace("SixLabors.", "", StringComparison.Ordinal)}Version");
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

    /// <summary>Whether the build found what native code is compiled against.</summary>
    internal static bool HasLibTorchHeaders => File.ReadAllText(PropsFile).Contains("<HasLibTorchHeaders>true<", StringComparison.Ordinal);

    // Written only when it changes: projects and the native shim take it as an input.
    private static void Write(string flavor, LibTorch? libtorch, string imageSharp, string backend)
    {
        var text = $"""
            <Project>
              <PropertyGroup>
                <TorchFlavor>{flavor}</TorchFlavor>
                <HasLibTorchHeaders>{(libtorch is null ? "false" : "true")}</HasLibTorchHeaders>
                <LibTorchPath>{libtorch?.Path}</LibTorchPath>
                <HasImageSharp>{imageSharp}</HasImageSharp>
                <TorchBackend>{backend}</TorchBackend>
                <LibTorchOldAbi>{(libtorch?.OldAbi == true ? "true" : "false")}</LibTorchOldAbi>
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

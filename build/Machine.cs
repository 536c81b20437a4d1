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
        var flavor = wanted ?? Environment.GetEnvironmentVariable("TorchFlavor") ?? Remembered() ?? Probe();
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
        Write(flavor, libtorch);
        return flavor;
    }

    /// <summary>A version that Directory.Packages.props names; the environment variable of that name goes before it, as for MSBuild.</summary>
    internal static string Pinned(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } other ? other
            : Regex.Match(File.ReadAllText(Shell.At("Directory.Packages.props")), $"<{name} [^>]*>([^<]+)<").Groups[1].Value;

    // A flavour that was probed before holds until artifacts/ is removed; probing costs seconds.
    private static string? Remembered()
    {
        if (!File.Exists(PropsFile))
        {
            return null;
        }
        var text = File.ReadAllText(PropsFile);
        return text.Contains(">System<", StringComparison.Ordinal) ? "System" : "TorchSharp";
    }

    /// <summary>TorchSharp when a project that asks for its packages restores; otherwise the system's libtorch.</summary>
    private static string Probe()
    {
        Console.WriteLine("Asking the package registry for TorchSharp and SixLabors.ImageSharp ...");
        var folder = Directory.CreateTempSubdirectory("tinysora-probe-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "Probe.csproj"), """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="TorchSharp" Version="0.106.0" />
                    <PackageReference Include="SixLabors.ImageSharp" Version="3.1.12" />
                  </ItemGroup>
                </Project>
                """);
            var found = Shell.Ask("dotnet", "restore", folder.FullName, "-v", "q") is not null;
            Console.WriteLine(found
                ? "They are there: building the TorchSharp flavour."
                : "They are not: building the System flavour, over this machine's own libtorch.");
            return found ? "TorchSharp" : "System";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whether the build found what native code is compiled against.</summary>
    internal static bool HasLibTorchHeaders => File.ReadAllText(PropsFile).Contains("<HasLibTorchHeaders>true<", StringComparison.Ordinal);

    // Written only when it changes: projects and the native shim take it as an input.
    private static void Write(string flavor, LibTorch? libtorch)
    {
        var text = $"""
            <Project>
              <PropertyGroup>
                <TorchFlavor>{flavor}</TorchFlavor>
                <HasLibTorchHeaders>{(libtorch is null ? "false" : "true")}</HasLibTorchHeaders>
                <LibTorchPath>{libtorch?.Path}</LibTorchPath>
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

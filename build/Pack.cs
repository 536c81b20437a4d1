using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>
/// The package for the PowerShell Gallery. It contains the fused kernels, but no other native libraries. It lists the packages that Install-TinySoraRuntime
/// downloads, with their hashes.
/// </summary>
internal static class Pack
{
    private const string Parts = "out/pack";

    private static readonly string[] CudaPackages = ["TorchSharp-cuda-linux", "TorchSharp-cuda-windows"];

    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Description of a package, in the form that the engine's PackageTable reads.</summary>
    private sealed record NativePackage(string Id, string Version, string Sha512, string? Platform, string? Backend, long Length);

    /// <param name="isForTests">
    /// Whether to pack in out/pack, without the kernels for other systems, and to copy the native packages to a folder next to it.
    /// </param>
    /// <returns>Path of the module's package, and folder of its native packages, which is empty unless the package is for tests.</returns>
    internal static (string Package, string Natives) Run(Options options, bool isForTests)
    {
        if (options.Certificate is not null && !OperatingSystem.IsWindows())
        {
            throw new BuildFailed(
                "Signing requires Set-AuthenticodeSignature, which is available on Windows only. Pack there, or omit --certificate.", 2);
        }

        var module = Shell.At("out", "TinySora");
        var stage = Shell.At(Parts, "TinySora");
        Shell.Delete(Shell.At(Parts));

        ModulePackage.Stage(module, stage);
        if (!isForTests)
        {
            AddKernels(stage);
        }
        var cuda = isForTests ? [] : options.Everywhere ? CudaPackages : Machine.CudaPackage is string own ? [own] : [];
        var (name, natives, packages) = FindPackages(cuda, isForTests);
        File.WriteAllText(Path.Combine(stage, "runtime.json"), JsonSerializer.Serialize(new { Name = name, Packages = packages }, Form));
        ModulePackage.WriteFileList(stage);
        if (options.Certificate is not null)
        {
            Sign(stage, options);
        }

        var package = ModulePackage.Write(stage, Shell.At(isForTests ? Parts : "out"));
        Console.WriteLine($"Package: {package}");
        Console.WriteLine($"Kernels: {string.Join(", ", ModulePackage.Kernels.Select(name => File.Exists(Path.Combine(stage, name)) ? name : $"no {name}"))}");
        Console.WriteLine($"Packages to download: {string.Join(", ", packages.Select(p => $"{p.Id} {p.Version}"))}");
        return (package, natives);
    }

    /// <summary>Installs a package in the same way as PowerShell, for the tests, in a folder whose name breaks many scripts.</summary>
    internal static string Install(string package)
    {
        var root = Shell.At("out", "installed");
        Shell.Delete(root);

        var folder = Path.Combine(root, "My [Modules]", "TinySora", Path.GetFileNameWithoutExtension(package)["TinySora.".Length..]);
        ZipFile.ExtractToDirectory(package, folder);
        Directory.Delete(Path.Combine(folder, "_rels"), recursive: true);
        File.Delete(Path.Combine(folder, "[Content_Types].xml"));
        File.Delete(Path.Combine(folder, "TinySora.nuspec"));
        return folder;
    }

    /// <summary>
    /// Adds the fused kernels for other platforms: for Windows if a cross-compiler is found, and those in out/kernels, which other machines have compiled.
    /// Without fused kernels, the module uses libtorch's operators.
    /// </summary>
    private static void AddKernels(string stage)
    {
        if (WindowsKernels.CanCompile)
        {
            WindowsKernels.Compile();
            Copy(WindowsKernels.File);
        }
        foreach (var file in ModulePackage.Kernels.Select(name => Shell.At("out", "kernels", name)).Where(File.Exists))
        {
            Copy(file);
        }

        void Copy(string file) => File.Copy(file, Path.Combine(stage, Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Finds TorchSharp's packages, which NuGet has restored.</summary>
    /// <param name="cuda">Packages for CUDA, each several gigabytes in size. It is an error if one of them is missing.</param>
    /// <param name="areCopied">Whether to copy the packages to a folder, as for machines without a network.</param>
    private static (string Name, string Natives, NativePackage[] Packages) FindPackages(IReadOnlyList<string> cuda, bool areCopied)
    {
        string[] wanted = ["TorchSharp-cpu", .. cuda];
        var lowest = Machine.Pinned("TorchSharpVersion");
        var restore = Directory.CreateDirectory(Shell.At(Parts, "restore")).FullName;
        foreach (var name in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            File.WriteAllText(Path.Combine(restore, name), "<Project />");
        }
        File.WriteAllText(Path.Combine(restore, "Restore.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><NoWarn>NU1603</NoWarn></PropertyGroup>
              <ItemGroup>{string.Concat(wanted.Select(id => $"<PackageReference Include=\"{id}\" Version=\"{lowest}\" />"))}</ItemGroup>
            </Project>
            """);
        Shell.Run("dotnet", "restore", restore, "-v", "q");
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(restore, "obj", "project.assets.json")));
        var cache = assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        var packages = assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/'))
            .Where(parts => parts[0].StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase) || parts[0] == "TorchSharp")
            .Select(parts => (Id: parts[0], Version: parts[1], Path: Path.Combine(cache, parts[0].ToLowerInvariant(), parts[1].ToLowerInvariant(),
                $"{parts[0]}.{parts[1]}.nupkg".ToLowerInvariant())))
            .Select(file => new NativePackage(
                file.Id, file.Version, Hash(file.Path), PlatformOf(file.Id), BackendOf(file.Id), new FileInfo(file.Path).Length)).ToArray();

        var natives = Directory.CreateDirectory(Shell.At(Parts, "packages")).FullName;
        foreach (var package in packages.Where(_ => areCopied))
        {
            File.Copy(
                Path.Combine(cache, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant(), FileName(package)),
                Path.Combine(natives, FileName(package)));
        }
        var torch = packages.Single(package => package.Id == "TorchSharp");
        return ($"torchsharp-{torch.Version}", natives, packages);

        static string FileName(NativePackage package) => $"{package.Id}.{package.Version}.nupkg".ToLowerInvariant();

        static string? PlatformOf(string id) => Regex.Match(id, "(linux|win|osx)-(x64|arm64)") is { Success: true } match ? match.Value : null;

        static string? BackendOf(string id) => Regex.Match(id, "(?<=^libtorch-)(cpu|cuda)") is { Success: true } match ? match.Value : null;
    }

    /// <summary>Signs files, except those that are already signed.</summary>
    private static void Sign(string folder, Options options)
    {
        const string script = """
            $ErrorActionPreference = 'Stop'
            $certificate = if (Test-Path -LiteralPath $env:PACK_CERTIFICATE -PathType Leaf) {
                $password = [Environment]::GetEnvironmentVariable("$env:PACK_PASSWORD_ENV")
                [Security.Cryptography.X509Certificates.X509Certificate2]::new($env:PACK_CERTIFICATE, $password)
            } else { Get-Item -LiteralPath "Cert:\CurrentUser\My\$env:PACK_CERTIFICATE" }
            Get-ChildItem -LiteralPath $env:PACK_FOLDER -Recurse -Include *.dll, *.psd1, *.psm1, *.ps1xml |
                Where-Object { (Get-AuthenticodeSignature -LiteralPath $_).Status -ne 'Valid' } |
                ForEach-Object {
                    Set-AuthenticodeSignature -LiteralPath $_ -Certificate $certificate -HashAlgorithm SHA256 -TimestampServer http://timestamp.digicert.com
                } |
                Where-Object Status -ne 'Valid' | ForEach-Object { throw "$($_.Path): $($_.StatusMessage)" }
            """;
        Environment.SetEnvironmentVariable("PACK_FOLDER", folder);
        Environment.SetEnvironmentVariable("PACK_CERTIFICATE", options.Certificate);
        Environment.SetEnvironmentVariable("PACK_PASSWORD_ENV", options.PasswordVariable);
        var command = PowerShell.Command(script);
        if (Shell.Try(command[0], quiet: true, command[1..]) is not 0 and var code)
        {
            throw new BuildFailed("The files could not be signed.", code);
        }
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA512.HashData(stream));
    }
}

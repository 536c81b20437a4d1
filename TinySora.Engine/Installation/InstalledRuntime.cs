using System.Security.Cryptography;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Installation;

/// <summary>Record of the native libraries that were installed for a module from the PowerShell Gallery.</summary>
/// <param name="Backend">Backend, cpu or cuda.</param>
/// <param name="LibTorchPath">Folder of an existing libtorch installation; <c>null</c> if libtorch is among the installed files or provided by the
/// system.</param>
/// <param name="Packages">IDs, versions and hashes of the installed packages.</param>
public sealed record InstalledRuntime(
    string Name,
    string Folder,
    string Backend,
    string? LibTorchPath,
    DateTime InstalledAt,
    TextList<string> Packages,
    TextList<InstalledFile> Files)
{
    /// <summary>Name of the environment variable for the folder that contains all runtimes. Without it, the folder is in the user's data folder.</summary>
    public const string FolderVariable = "TINYSORA_RUNTIME";

    private const string ManifestName = "manifest.json";

    public long Length => Files.Sum(file => file.Length);

    /// <summary>Folder of the module that contains this assembly.</summary>
    internal static string ModuleFolder { get; } = Path.GetDirectoryName(typeof(InstalledRuntime).Assembly.Location) ?? "";

    /// <summary>Returns the libraries that are installed for this module; <c>null</c> if nothing is installed.</summary>
    /// <exception cref="TinySoraException">FileChanged: the record cannot be read.</exception>
    internal static InstalledRuntime? Read() => ReadFrom(FolderOf(PackageTable.Read(ModuleFolder)));

    internal static InstalledRuntime? ReadFrom(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        var runtime = PackageTable.ReadFile<InstalledRuntime>(path, (path, e) => InstallationErrors.FileChanged(path, e.Message));
        return runtime is null ? null : runtime with { Folder = folder };
    }

    /// <summary>Returns the folder in which the libraries of a package table are installed.</summary>
    internal static string FolderOf(PackageTable? table)
    {
        var root = Environment.GetEnvironmentVariable(FolderVariable);
        if (string.IsNullOrEmpty(root))
        {
            var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            root = Path.Combine(data, "TinySora", "runtime");
        }

        var name = table?.Name ?? $"built-{typeof(InstalledRuntime).Assembly.GetName().Version?.ToString(3)}";
        return Path.GetFullPath(Path.Combine(root, $"{name}-{PackageTable.Platform}"));
    }

    internal void Write(string folder) =>
        File.WriteAllText(Path.Combine(folder, ManifestName), JsonSerializer.Serialize(this, PackageTable.JsonOptions));

    internal string PathOf(InstalledFile file) => Path.Combine(Folder, file.Path);

    /// <summary>Checks quickly that every file exists and has its recorded length.</summary>
    /// <exception cref="TinySoraException">FileChanged.</exception>
    internal void Check()
    {
        foreach (var file in Files)
        {
            var info = new FileInfo(PathOf(file));
            if (!info.Exists || info.Length != file.Length)
            {
                throw InstallationErrors.FileChanged(info.FullName, info.Exists ? $"it has {info.Length} bytes instead of {file.Length}" : "it is missing");
            }
        }
    }

    /// <summary>Returns the path of the first file whose content does not have the recorded hash; <c>null</c> if all files are unchanged.</summary>
    internal string? FirstChanged(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        long done = 0;
        foreach (var file in Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!File.Exists(PathOf(file)) || Hash(PathOf(file)) != file.Sha512)
            {
                return PathOf(file);
            }

            progress?.Report((double)(done += file.Length) / Length);
        }

        return null;
    }

    internal static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA512.HashData(stream));
    }

    /// <summary>Returns the path of the folder, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => Folder;
}

/// <summary>A native library that was installed, or that is used from an existing libtorch installation.</summary>
/// <param name="Path">File name in the runtime's folder, or full path of a library outside it.</param>
/// <param name="Sha512">SHA-512 hash in hexadecimal digits.</param>
public sealed record InstalledFile(string Path, long Length, string Sha512);

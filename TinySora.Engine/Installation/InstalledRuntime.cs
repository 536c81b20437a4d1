using System.Security.Cryptography;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Installation;

/// <summary>The native libraries that a module of the gallery runs on, as recorded when they were installed.</summary>
/// <param name="Backend">cpu or cuda.</param>
/// <param name="LibTorchPath">The folder of a libtorch that was there already; null: it is among the files, or the system's.</param>
/// <param name="Packages">Id, version and hash of each.</param>
public sealed record InstalledRuntime(
    string Name,
    string Folder,
    string Backend,
    string? LibTorchPath,
    DateTime InstalledAt,
    TextList<string> Packages,
    TextList<InstalledFile> Files)
{
    /// <summary>The environment variable that names another folder for all runtimes than the user's data folder.</summary>
    public const string FolderVariable = "TINYSORA_RUNTIME";

    private const string ManifestName = "manifest.json";

    public long Length => Files.Sum(file => file.Length);

    /// <summary>The folder of the module that this code belongs to.</summary>
    internal static string ModuleFolder { get; } = Path.GetDirectoryName(typeof(InstalledRuntime).Assembly.Location) ?? "";

    /// <summary>The libraries that were installed for this module; null: none.</summary>
    /// <exception cref="TinySoraException">FileChanged: the record cannot be read.</exception>
    internal static InstalledRuntime? Read() => ReadFrom(FolderOf(PackageTable.Read(ModuleFolder)));

    internal static InstalledRuntime? ReadFrom(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        var runtime = PackageTable.ReadFile<InstalledRuntime>(path, (path, e) => InstallationErrors.FileChanged(path, e.Message));
        return runtime is null ? null : runtime with { Folder = folder };
    }

    /// <summary>The folder in which the libraries of a table belong.</summary>
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
        File.WriteAllText(Path.Combine(folder, ManifestName), JsonSerializer.Serialize(this, PackageTable.Form));

    internal string PathOf(InstalledFile file) => Path.Combine(Folder, file.Path);

    /// <summary>Fails where a file is missing or has another length than was recorded; takes no time.</summary>
    /// <exception cref="TinySoraException">FileChanged.</exception>
    internal void Check()
    {
        foreach (var file in Files)
        {
            var info = new FileInfo(PathOf(file));
            if (!info.Exists || info.Length != file.Length)
            {
                throw InstallationErrors.FileChanged(info.FullName, info.Exists ? $"it has {info.Length} bytes instead of {file.Length}" : "it is gone");
            }
        }
    }

    /// <summary>The first file that is not what was recorded, down to the last byte; null: all are.</summary>
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

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Folder;
}

/// <summary>A native library that was installed or pointed to.</summary>
/// <param name="Path">Its name in the runtime's folder, or a full path.</param>
/// <param name="Sha512">In hexadecimal digits.</param>
public sealed record InstalledFile(string Path, long Length, string Sha512);

using System.IO.Compression;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Installation;

/// <summary>
/// Installs libtorch and its bridge to .NET, which the package in the PowerShell Gallery does not contain, from a feed or a folder to the user's data folder.
/// Accepts only packages with the hashes that the module lists. The installation becomes visible only when it is complete.
/// </summary>
public sealed class RuntimeInstaller
{
    private readonly PackageTable? table;
    private readonly IReadOnlyList<NativePackage> packages;
    private readonly IReadOnlyList<string> sources;
    private readonly string backend;
    private readonly string? libtorch;

    /// <param name="sources">Folders and addresses of feeds; <c>null</c> for nuget.org. Each package is taken from the first source that contains it.</param>
    /// <param name="backend">Backend, cpu or cuda; <c>null</c> for cuda if an NVIDIA driver is installed and there are CUDA packages for this platform,
    /// otherwise cpu.</param>
    /// <param name="libtorch">Folder of an existing libtorch to use instead of the libtorch packages; <c>null</c> to install libtorch.</param>
    /// <exception cref="TinySoraException">InsecureSource, NotLibTorch, NoPackages, BadTable.</exception>
    public RuntimeInstaller(IReadOnlyList<string>? sources, string? backend, string? libtorch)
        : this(PackageTable.Read(InstalledRuntime.ModuleFolder), sources, backend, libtorch)
    {
    }

    internal RuntimeInstaller(PackageTable? table, IReadOnlyList<string>? sources, string? backend, string? libtorch)
    {
        this.table = table;
        this.sources = sources ?? [PackageSource.Default];
        if (this.sources.FirstOrDefault(source => !PackageSource.IsSafe(source)) is string unsafeSource)
        {
            throw InstallationErrors.InsecureSource(unsafeSource);
        }

        this.libtorch = libtorch is null ? null : FolderOfLibraries(libtorch);
        this.backend = backend ?? (HasNvidia() && table?.Wanted("cuda", withLibTorch: true).Any(p => p.Backend == "cuda") == true ? "cuda" : "cpu");
        packages = table?.Wanted(this.backend, withLibTorch: libtorch is null) ?? [];
        Folder = InstalledRuntime.FolderOf(table);
        if (table is not null && packages.Count == 0)
        {
            throw InstallationErrors.NoPackages(PackageTable.Platform, this.backend);
        }
    }

    /// <summary>Returns whether a source is an address, not a folder.</summary>
    public static bool IsAddress(string source) => PackageSource.IsAddress(source);

    /// <summary>Whether there is anything to install. A module that was built with its libraries needs an installation only to use another libtorch.</summary>
    public bool HasWork => table is not null || libtorch is not null;

    public string Folder { get; }

    /// <summary>Maximum time to wait for data from a server.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Description of the installation, for a confirmation prompt.</summary>
    public string Action => string.Join(" and ", new[]
    {
        packages.Count > 0 ? $"Install {string.Join(", ", packages.Select(p => $"{p.Id} {p.Version}"))} from {SourceNames}" : null,
        libtorch is not null ? $"Use libtorch in '{libtorch}'" : null,
    }.OfType<string>());

    private string SourceNames => string.Join(", ", sources.Select(source => $"'{source}'"));

    /// <summary>Returns the installed runtime if it matches this request and its files have not changed; otherwise <c>null</c>.</summary>
    public InstalledRuntime? Existing(IProgress<double>? progress, CancellationToken cancellationToken) => OnFailure.Recover(
        null, () => InstalledRuntime.ReadFrom(Folder) is { } there && there.LibTorchPath == libtorch && there.Packages.SequenceEqual(Recorded())
            && there.FirstChanged(progress, cancellationToken) is null ? there : null);

    /// <summary>Opens a package from the first source that contains it.</summary>
    /// <inheritdoc cref="PackageSource.TryOpen"/>
    private Stream Open(NativePackage package, string folder, Action<double> report, CancellationToken cancellationToken)
    {
        TinySoraException? unreachable = null;
        foreach (var source in sources)
        {
            try
            {
                if (new PackageSource(source, Patience).TryOpen(package, folder, report, cancellationToken) is Stream stream)
                {
                    return stream;
                }
            }
            catch (TinySoraException e) when (e.Kind == ErrorKind.ResourceUnavailable)
            {
                unreachable ??= e;
            }
        }

        throw unreachable ?? InstallationErrors.PackageMissing(package.FileName, SourceNames);
    }

    /// <param name="report">Action that receives the completed fraction of the installation, and the name of the package that is being fetched.</param>
    /// <exception cref="TinySoraException">
    /// PackageMissing, PackageTooLong, PackageChanged, InsecureSource, UnsafePackage, DamagedPackage, DownloadFailed, InstallBusy, CannotInstall.
    /// </exception>
    public InstalledRuntime Install(Action<double, string>? report, CancellationToken cancellationToken)
    {
        var (partial, old) = (Folder + ".partial", Folder + ".old");
        try
        {
            DiskFlush.CreateFolder(Path.GetDirectoryName(Folder)!);
            using var held = FileLock.TryTake(Folder + ".lock", isTemporary: true) ?? throw InstallationErrors.InstallBusy(Folder);
            NewFolder.Delete(partial);
            Directory.CreateDirectory(partial);
            try
            {
                foreach (var (package, index) in packages.Select((p, i) => (p, i)))
                {
                    using var file = Open(package, partial, share => report?.Invoke((index + share) / packages.Count, package.FileName), cancellationToken);
                    Unpack(package, file, partial, cancellationToken);
                }

                JoinFragments(partial);
                var runtime = new InstalledRuntime(
                    table?.Name ?? "built", Folder, backend, libtorch, DateTime.Now, [.. Recorded()], [.. Record(partial)]);
                runtime.Write(partial);
                DiskFlush.FlushFolder(partial, InstallationErrors.CannotInstall);
                // Move the old folder aside first. While a session uses one of its libraries, Windows rejects the move and leaves the folder intact, but would
                // delete the other files if asked to delete the folder.
                if (Directory.Exists(Folder))
                {
                    NewFolder.Delete(old);
                    Directory.Move(Folder, old);
                }

                try
                {
                    BusyFile.Retry(() => Directory.Move(partial, Folder));
                }
                catch when (Directory.Exists(old) && !Directory.Exists(Folder))
                {
                    BusyFile.Retry(() => Directory.Move(old, Folder));
                    throw;
                }

                DiskFlush.NoteName(Folder);
                DiskFlush.FlushNames(InstallationErrors.CannotInstall);

                // The new libraries are in place. If old ones are in use, the next installation of this version deletes them.
                OnFailure.Ignore(() => NewFolder.Delete(old));
                return runtime;
            }
            finally
            {
                NewFolder.Delete(partial);
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw InstallationErrors.CannotInstall(Folder, e);
        }
    }

    private string[] Recorded() => [.. packages.Select(p => $"{p.Id} {p.Version} {p.Sha512.ToUpperInvariant()}")];

    /// <summary>Extracts the libraries for this platform. Each package contains them in a flat folder.</summary>
    private static void Unpack(NativePackage package, Stream stream, string folder, CancellationToken cancellationToken)
    {
        string[] places = [$"runtimes/{PackageTable.Platform}/native/", $"fragments/{PackageTable.Platform}/native/"];
        try
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            foreach (var entry in zip.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (places.FirstOrDefault(p => entry.FullName.StartsWith(p, StringComparison.Ordinal)) is not { } place || entry.FullName == place)
                {
                    continue;
                }

                var name = entry.FullName[place.Length..];
                if (name is "." or ".." || name.IndexOfAny(['/', '\\', ':']) >= 0)
                {
                    throw InstallationErrors.UnsafePackage(package.FileName, entry.FullName);
                }

                entry.ExtractToFile(Path.Combine(folder, name));
            }
        }
        catch (InvalidDataException e)
        {
            throw InstallationErrors.DamagedPackage(package.FileName, e.Message);
        }
    }

    /// <summary>
    /// Joins the parts of libraries that are too large for one package. NAME, NAME.fragment1, NAME.fragment2, ... contain the parts, and NAME.sha contains the
    /// SHA-256 hash of the joined file.
    /// </summary>
    private static void JoinFragments(string folder)
    {
        foreach (var sum in Directory.GetFiles(folder, "*.sha"))
        {
            var whole = Path.ChangeExtension(sum, null);
            using (var output = new FileStream(whole, FileMode.Append))
            {
                for (var i = 1; File.Exists($"{whole}.fragment{i}"); i++)
                {
                    using (var input = File.OpenRead($"{whole}.fragment{i}"))
                    {
                        input.CopyTo(output);
                    }

                    File.Delete($"{whole}.fragment{i}");
                }
            }

            using (var stream = File.OpenRead(whole))
            {
                if (!File.ReadAllText(sum).Trim().Equals(Convert.ToHexString(SHA256.HashData(stream)), StringComparison.OrdinalIgnoreCase))
                {
                    throw InstallationErrors.DamagedPackage(Path.GetFileName(whole), "the SHA-256 of its joined parts does not match");
                }
            }

            File.Delete(sum);
        }
    }

    /// <summary>Returns a record of the unpacked files and of the libraries in the folder of an existing libtorch.</summary>
    private InstalledFile[] Record(string folder)
    {
        var pointed = libtorch is null ? [] : new[] { "torch", "torch_cpu", "torch_cuda", "c10", "c10_cuda" }
            .Select(library => NativeFile.Find([libtorch], library)).OfType<string>();
        return
        [
            .. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => Entry(file, Path.GetFileName(file))),
            .. pointed.Select(file => Entry(file, file)),
        ];

        static InstalledFile Entry(string file, string name) => new(name, new FileInfo(file).Length, InstalledRuntime.Hash(file));
    }

    /// <summary>
    /// Returns the folder with the libraries of libtorch: the given folder or its lib subfolder, as in an unpacked libtorch or in Python's torch package.
    /// </summary>
    private static string FolderOfLibraries(string path) =>
        new[] { path, Path.Combine(path, "lib") }.FirstOrDefault(folder => NativeFile.Find([folder], "torch_cpu") is not null)
        ?? throw InstallationErrors.NotLibTorch(path);

    /// <summary>Returns whether an NVIDIA driver is installed.</summary>
    internal static bool HasNvidia()
    {
        var found = NativeFile.TryLoadInstalled(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver);
        System.Runtime.InteropServices.NativeLibrary.Free(driver);
        return found;
    }
}

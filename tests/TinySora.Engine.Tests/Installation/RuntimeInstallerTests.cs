using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Tests.Installation;

public sealed class RuntimeInstallerTests : IDisposable
{
    private static readonly string Libtorch = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

    private readonly TemporaryFolder folder = new();
    private readonly string? before = Environment.GetEnvironmentVariable(InstalledRuntime.FolderVariable);

    public RuntimeInstallerTests() => Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, folder.File("runtimes"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, before);
        folder.Dispose();
    }

    [Fact]
    public void Packages_in_a_folder_are_installed_and_recorded_file_by_file()
    {
        var table = Table(Package("bridge", ("bridge.so", "b")), Package("libtorch-cpu", (Libtorch, "torch"), ("../README.md", "not for us")));
        var runtime = Install(table, folder.Path);
        Assert.Equal(["bridge.so", Libtorch], Names(runtime.Folder).Where(name => name != "manifest.json"));
        Assert.Equal("torch", File.ReadAllText(Path.Combine(runtime.Folder, Libtorch)));
        Assert.Equal(Convert.ToHexString(SHA512.HashData("b"u8)), runtime.Files.Single(f => f.Path == "bridge.so").Sha512);
        Assert.Equal([$"bridge 1.0.0 {table.Packages[0].Sha512}", $"libtorch-cpu 1.0.0 {table.Packages[1].Sha512}"], runtime.Packages);
        Assert.Equal(runtime.Files, InstalledRuntime.ReadFrom(runtime.Folder)!.Files);
        Assert.Equal(6, runtime.Length);
        Assert.Single(Directory.GetFileSystemEntries(folder.File("runtimes")));
    }

    [Fact]
    public void Packages_in_the_layout_of_NuGet_are_found()
    {
        var table = Table(Package("Bridge", ("bridge.so", "b")));
        Directory.CreateDirectory(folder.File("cache", "bridge", "1.0.0"));
        File.Move(folder.File("Bridge.1.0.0.nupkg"), folder.File("cache", "bridge", "1.0.0", "bridge.1.0.0.nupkg"));
        Assert.Single(Install(table, folder.File("cache")).Files);
    }

    [Fact]
    public void Packages_are_downloaded_from_a_feed_with_progress()
    {
        var table = Table(Package("Bridge", ("bridge.so", new string('b', 3_000_000))), Package("other", ("other.so", "o")));
        using var feed = new Feed(folder.Path);
        var shares = new List<double>();
        var runtime = new RuntimeInstaller(table, [feed.Address], "cpu", null).Install((share, _) => shares.Add(share), default);
        Assert.Equal(["/feed/bridge/1.0.0/bridge.1.0.0.nupkg", "/feed/other/1.0.0/other.1.0.0.nupkg"], feed.Asked);
        Assert.Equal(3_000_001, runtime.Length);
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Package_with_another_hash_is_refused_and_existing_files_stay(bool fromFeed)
    {
        var table = Table(Package("bridge", ("bridge.so", "b")));
        Install(table, folder.Path);
        Package("bridge", ("bridge.so", "changed"));
        using var feed = new Feed(folder.Path);
        var error = Assert.Throws<TinySoraException>(() => Install(table, fromFeed ? feed.Address : folder.Path));
        Assert.Equal("TinySora.Runtime.PackageChanged", error.Id);
        Assert.Contains(table.Packages[0].Sha512, error.Message, StringComparison.Ordinal);
        Assert.Equal("b", File.ReadAllText(Path.Combine(InstalledRuntime.FolderOf(table), "bridge.so")));
        Assert.Single(Directory.GetFileSystemEntries(folder.File("runtimes")));
    }

    [Theory]
    [InlineData("../out.so")]
    [InlineData("sub/out.so")]
    [InlineData("..\\out.so")]
    [InlineData("C:out.so")]
    public void Entry_that_leads_out_of_the_folder_is_refused(string name)
    {
        var table = Table(Package("bridge", ("good.so", "g"), (name, "evil")));
        Assert.Equal("TinySora.Runtime.UnsafePackage", Assert.Throws<TinySoraException>(() => Install(table, folder.Path)).Id);
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("runtimes")));
    }

    [Fact]
    public void Split_library_is_joined_and_verified()
    {
        var sum = Convert.ToHexString(SHA256.HashData("onetwothree"u8)).ToLowerInvariant();
        var primary = Package("part-primary", ("big.so", "one"), ("big.so.sha", sum));
        var first = Package("part-fragment1", "fragments", ("big.so.fragment1", "two"));
        var second = Package("part-fragment2", "fragments", ("big.so.fragment2", "three"));
        var runtime = Install(Table(primary, second, first), folder.Path);
        Assert.Equal("big.so", Assert.Single(runtime.Files).Path);
        Assert.Equal("onetwothree", File.ReadAllText(Path.Combine(runtime.Folder, "big.so")));

        var error = Assert.Throws<TinySoraException>(() => Install(Table(primary, first), folder.Path));
        Assert.Equal("TinySora.Runtime.DamagedPackage", error.Id);
    }

    [Fact]
    public void Package_comes_from_the_first_source_that_has_it()
    {
        Directory.CreateDirectory(folder.File("second"));
        var table = Table(Package("bridge", ("bridge.so", "b")), Package("kernels", ("kernels.so", "k")));
        File.Move(folder.File("kernels.1.0.0.nupkg"), folder.File("second", "kernels.1.0.0.nupkg"));
        var missing = Assert.Throws<TinySoraException>(() => Install(table, folder.Path));
        Assert.Equal("TinySora.Runtime.PackageMissing", missing.Id);
        var runtime = new RuntimeInstaller(table, ["http://127.0.0.1:9/nobody", folder.Path, folder.File("absent"), folder.File("second")], "cpu", null).Install(null, default);
        Assert.Equal(["bridge.so", "kernels.so"], runtime.Files.Select(file => file.Path).Order());
    }

    [Fact]
    public void Installation_is_recognized_until_a_byte_or_the_request_changes()
    {
        var table = Table(Package("bridge", ("bridge.so", "b")));
        var installer = new RuntimeInstaller(table, [folder.Path], "cpu", null);
        Assert.Null(installer.Existing(null, default));
        var runtime = installer.Install(null, default);
        Assert.Equal(runtime.Files, installer.Existing(null, default)!.Files);
        Assert.Null(new RuntimeInstaller(table with { Packages = [table.Packages[0] with { Sha512 = "00" }] }, null, "cpu", null).Existing(null, default));

        File.WriteAllText(Path.Combine(runtime.Folder, "bridge.so"), "x");
        runtime.Check();
        Assert.Null(installer.Existing(null, default));
        Assert.Equal(runtime.Files, installer.Install(null, default).Files);

        File.WriteAllText(Path.Combine(runtime.Folder, "manifest.json"), "{");
        Assert.Null(installer.Existing(null, default));
        Assert.Equal("TinySora.Runtime.FileChanged", Assert.Throws<TinySoraException>(() => InstalledRuntime.ReadFrom(runtime.Folder)).Id);
    }

    [Fact]
    public void Missing_or_truncated_file_is_detected_before_loading()
    {
        var runtime = Install(Table(Package("bridge", ("bridge.so", "bridge"))), folder.Path);
        var path = Path.Combine(runtime.Folder, "bridge.so");
        File.WriteAllText(path, "br");
        var error = Assert.Throws<TinySoraException>(runtime.Check);
        Assert.Equal("TinySora.Runtime.FileChanged", error.Id);
        Assert.Equal($"'{path}' has changed since it was installed: it has 2 bytes instead of 6.", error.Message);
        File.Delete(path);
        Assert.Contains("it is missing", Assert.Throws<TinySoraException>(runtime.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_packages_for_this_platform_and_backend_are_installed()
    {
        var table = Table(
            Package("all", ("all.so", "a")),
            Package("other", ("other.so", "o")) with { Platform = "plan9-vax" },
            Package("libtorch-cpu", (Libtorch, "c")) with { Backend = "cpu" },
            Package("libtorch-cuda", (Libtorch, "g")) with { Backend = "cuda" });
        Assert.Equal(["all", "libtorch-cuda"], table.Wanted("cuda", withLibTorch: true).Select(p => p.Id));
        Assert.Equal("c", File.ReadAllText(Path.Combine(Install(table, folder.Path).Folder, Libtorch)));

        var none = Assert.Throws<TinySoraException>(() => new RuntimeInstaller(Table(table.Packages[1]), [folder.Path], "cpu", null));
        Assert.Equal("TinySora.Runtime.NoPackages", none.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lib")]
    public void Existing_libtorch_is_referenced_and_not_downloaded(string below)
    {
        Directory.CreateDirectory(folder.File("torch", below));
        File.WriteAllText(folder.File("torch", below, Libtorch), "theirs");
        var table = Table(Package("bridge", ("bridge.so", "b")), Package("libtorch-cpu", (Libtorch, "ours")));
        File.Delete(folder.File("libtorch-cpu.1.0.0.nupkg"));
        var runtime = new RuntimeInstaller(table, [folder.Path], "cpu", folder.File("torch")).Install(null, default);
        Assert.Equal(Path.TrimEndingDirectorySeparator(folder.File("torch", below)), runtime.LibTorchPath);
        Assert.Equal(["bridge.so", folder.File("torch", below, Libtorch)], runtime.Files.Select(f => f.Path));
        Assert.Null(new RuntimeInstaller(table, [folder.Path], "cpu", null).Existing(null, default));

        File.AppendAllText(folder.File("torch", below, Libtorch), "!");
        Assert.Equal("TinySora.Runtime.FileChanged", Assert.Throws<TinySoraException>(runtime.Check).Id);
        var nothing = Assert.Throws<TinySoraException>(() => new RuntimeInstaller(table, null, "cpu", folder.File("runtimes")));
        Assert.Equal("TinySora.Runtime.NotLibTorch", nothing.Id);
    }

    [Fact]
    public void Unavailable_package_is_named()
    {
        var table = Table(Package("bridge", ("bridge.so", "b")));
        File.Delete(folder.File("bridge.1.0.0.nupkg"));
        using var feed = new Feed(folder.Path);
        foreach (var source in (string[])[folder.Path, folder.File("nowhere"), feed.Address])
        {
            var missing = Assert.Throws<TinySoraException>(() => Install(table, source));
            Assert.Equal("TinySora.Runtime.PackageMissing", missing.Id);
            Assert.Contains("bridge.1.0.0.nupkg", missing.Message, StringComparison.Ordinal);
        }

        Assert.Equal("TinySora.Runtime.DownloadFailed", Assert.Throws<TinySoraException>(() => Install(table, feed.Address + "/error")).Id);
        Assert.Equal("TinySora.Runtime.DownloadFailed", Assert.Throws<TinySoraException>(() => Install(table, "http://127.0.0.1:1/feed")).Id);
    }

    [Fact]
    public void Interrupted_or_cancelled_download_leaves_nothing()
    {
        var table = Table(Package("bridge", ("bridge.so", "b")));
        using var feed = new Feed(folder.Path);
        Assert.Equal("TinySora.Runtime.DownloadFailed", Assert.Throws<TinySoraException>(() => Install(table, feed.Address + "/cut")).Id);
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("runtimes")));

        using var cancelled = new CancellationTokenSource();
        feed.Stalled += cancelled.Cancel;
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new RuntimeInstaller(table, [feed.Address + "/stall"], "cpu", null).Install(null, cancelled.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("runtimes")));
    }

    [Fact]
    public void Concurrent_installation_is_refused()
    {
        var table = Table(Package("bridge", ("bridge.so", "b")));
        Directory.CreateDirectory(folder.File("runtimes"));
        using (new FileStream(InstalledRuntime.FolderOf(table) + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal("TinySora.Runtime.InstallBusy", Assert.Throws<TinySoraException>(() => Install(table, folder.Path)).Id);
        }

        Assert.Single(Install(table, folder.Path).Files);
    }

    [Fact]
    public void Library_in_use_leaves_the_installation_intact()
    {
        var table = Table(Package("bridge", ("a.so", "a"), ("bridge.so", "b"), ("c.so", "c")));
        var runtime = Install(table, folder.Path);
        using (new FileStream(Path.Combine(runtime.Folder, "bridge.so"), FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            // Windows refuses to replace it; other systems do not.
            var error = Record.Exception(() => Install(table, folder.Path));
            Assert.True(error is null or TinySoraException { Id: "TinySora.Runtime.CannotInstall" }, error?.ToString());
            Assert.Null(InstalledRuntime.ReadFrom(runtime.Folder)!.FirstChanged(null, default));
        }

        Assert.Equal(3, Install(table, folder.Path).Files.Count);
        Assert.Single(Directory.GetFileSystemEntries(folder.File("runtimes")));
    }

    private static InstalledRuntime Install(PackageTable table, string source) => new RuntimeInstaller(table, [source], "cpu", null).Install(null, default);

    private static PackageTable Table(params NativePackage[] packages) => new("test-1.0", packages);

    private static IEnumerable<string> Names(string path) => Directory.GetFiles(path).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal);

    private NativePackage Package(string id, params (string Name, string Text)[] files) => Package(id, "runtimes", files);

    /// <summary>Writes a package for this platform to <see cref="folder"/>.</summary>
    private NativePackage Package(string id, string place, params (string Name, string Text)[] files)
    {
        var path = folder.File($"{id}.1.0.0.nupkg");
        File.Delete(path);
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in files)
            {
                var entry = zip.CreateEntry(name == "../README.md" ? "README.md" : $"{place}/{PackageTable.Platform}/native/{name}");
                using var stream = entry.Open();
                stream.Write(Encoding.ASCII.GetBytes(text));
            }
        }

        return new NativePackage(id, "1.0.0", Convert.ToHexString(SHA512.HashData(File.ReadAllBytes(path))), null, null);
    }
}

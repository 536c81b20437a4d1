using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace TinySora.Faults;

/// <summary>Stages a module as in the gallery, without native libraries, and a small package that replaces the real ones.</summary>
internal static class BareModule
{
    private const string Package = "TorchSharp", Version = "0.1.0", Place = "runtimes/linux-x64/native/", Cut = "fragments/linux-x64/native/";

    /// <summary>Copies a module's managed files, and records its package.</summary>
    /// <param name="folder">Output folder for the module and a folder with the package.</param>
    public static string Stage(string module, string folder)
    {
        var bare = Directory.CreateDirectory(Path.Combine(folder, "module")).FullName;
        string[] managed = [".dll", ".psd1", ".psm1", ".json", ".ps1xml", ".views"];
        foreach (var file in Directory.GetFiles(module).Where(file => managed.Contains(Path.GetExtension(file))))
        {
            File.Copy(file, Path.Combine(bare, Path.GetFileName(file)));
        }

        var package = WritePackage(Directory.CreateDirectory(Path.Combine(folder, "packages")).FullName);
        File.WriteAllText(Path.Combine(bare, "runtime.json"), JsonSerializer.Serialize(new
        {
            name = "torchsharp-0.1.0",
            packages = new[] { new { id = Package, version = Version, sha512 = Convert.ToHexString(SHA512.HashData(File.ReadAllBytes(package))) } },
        }));
        return bare;
    }

    /// <summary>Writes a package of two libraries, one of them in parts.</summary>
    private static string WritePackage(string folder)
    {
        var path = Path.Combine(folder, $"{Package}.{Version}.nupkg");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(Place + "libLibTorchSharp.so", "a library"u8);
        Add(Place + "libtorch_cpu.so", "the first half, "u8);
        Add(Cut + "libtorch_cpu.so.fragment1", "the second half"u8);
        Add(Place + "libtorch_cpu.so.sha", System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(SHA256.HashData("the first half, the second half"u8))));
        return path;

        void Add(string name, ReadOnlySpan<byte> content)
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(content);
        }
    }
}

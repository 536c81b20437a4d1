using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace TinySora.Build;

/// <summary>
/// A folder, out/gpu-kit, that tests and measures TinySora on a machine which has PyTorch and g++ and no .NET: it brings the programs, the
/// runtime that they need, and the sources of the libraries over libtorch, which gpu-kit/run.sh compiles there.
/// </summary>
internal static class GpuKit
{
    /// <summary>It has to travel.</summary>
    private const long MostBytes = 60_000_000;

    private static readonly string Folder = Shell.At("out", "gpu-kit");

    /// <summary>Makes the folder.</summary>
    /// <exception cref="BuildFailed">Not on Linux, another flavour, or more than fits.</exception>
    internal static void Make(Options options)
    {
        if (!File.Exists(Shell.At("out", "TinySora", "TinySora.LibTorch.dll")))
        {
            throw new BuildFailed("The kit is of the System flavour: add --flavor System.", 2);
        }
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
        Steps.BuildBench(options);

        // One folder for all programs, so that what they share is there once. BenchmarkDotNet, which only `pieces` needs, is left out.
        Copy(Output("TinySora.Engine.Tests", options), "programs");
        Copy(Output("TinySora.LibTorch.Tests", options), "programs");
        Copy(Output("TinySora.Benchmarks", options), "programs", file => Path.GetFileName(file).StartsWith("TinySora.Benchmarks", StringComparison.Ordinal)
            && !file.EndsWith(".deps.json", StringComparison.Ordinal));
        Copy(Shell.At("out", "host"), "host");
        Copy(Shell.At("out", "TinySora"), "TinySora", file => !file.StartsWith(Shell.At("out", "TinySora", "models"), StringComparison.Ordinal));
        Copy(Shell.At("TinySora.LibTorch", "native"), "native", file => Path.GetExtension(file) is ".cpp" or ".h" or ".sh");
        Copy(Shell.At("benchmarks"), "benchmarks", IsPython);
        Copy(Shell.At("tests", "reference"), Path.Combine("tests", "reference"), IsPython);
        Copy(Shell.At("configs"), "configs");
        Copy(Shell.At("build", "gpu-kit"), "");
        WriteRuntime();

        var bytes = Files(Folder).Sum(file => new FileInfo(file).Length);
        Console.WriteLine(FormattableString.Invariant($"GPU kit: {Folder}, {bytes / 1e6:0.0} MB. There: bash run.sh"));
        if (bytes > MostBytes)
        {
            throw new BuildFailed(FormattableString.Invariant($"It has {bytes / 1e6:0.0} MB and may have {MostBytes / 1e6:0}."));
        }
    }

    /// <summary>Makes it and runs it here, with the libraries that are compiled already.</summary>
    /// <returns>run.sh's exit code.</returns>
    internal static int Run(Options options)
    {
        Make(options);
        foreach (var (from, folder) in new[] { (Output("TinySora.Engine.Tests", options), "programs"), (Shell.At("out", "TinySora"), "TinySora") })
        {
            foreach (var library in Directory.GetFiles(from, "libtinysora_*.so"))
            {
                File.Copy(library, Path.Combine(Folder, folder, Path.GetFileName(library)));
            }
        }
        var code = Shell.Try("bash", Path.Combine(Folder, "run.sh"), "tests", "memory", "bench", "compiled");
        File.Copy(Path.Combine(Folder, "gpu-report.md"), Shell.At("out", "gpu-report.md"), overwrite: true);
        Console.WriteLine($"Report: {Shell.At("out", "gpu-report.md")}");
        return code;
    }

    private static string Output(string project, Options options) =>
        Shell.At("artifacts", "System", "bin", project, options.Configuration.ToLowerInvariant());

    private static bool IsPython(string file) => file.EndsWith(".py", StringComparison.Ordinal);

    // What is there already is the same file of another program. Libraries are compiled where they run.
    private static void Copy(string from, string to, Func<string, bool>? wanted = null)
    {
        foreach (var file in Files(from).Where(file => wanted?.Invoke(file) != false))
        {
            var path = Path.Combine(Folder, to, Path.GetRelativePath(from, file));
            if (Path.GetExtension(file) is not (".pdb" or ".xml" or ".so") && !File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Copy(file, path);
            }
        }
    }

    private static string[] Files(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);

    /// <summary>The runtime that runs this program, packed: as it is it would be more than everything may be.</summary>
    private static void WriteRuntime()
    {
        var shared = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory()); // .../shared/Microsoft.NETCore.App/10.0.0
        var root = Path.GetFullPath(Path.Combine(shared, "..", "..", ".."));
        using var file = File.Create(Path.Combine(Folder, "dotnet.tar.gz"));
        using var packed = new GZipStream(file, CompressionLevel.SmallestSize);
        using var archive = new TarWriter(packed);
        foreach (var path in Files(shared).Concat(Files(Path.Combine(root, "host", "fxr", Path.GetFileName(shared)))))
        {
            archive.WriteEntry(path, Path.Combine("dotnet", Path.GetRelativePath(root, path)));
        }
    }
}

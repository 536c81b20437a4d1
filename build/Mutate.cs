using System.Text.Json;

namespace TinySora.Build;

/// <summary>Measures the strength of tests: changes the engine in hundreds of small ways, and counts the changes that make a test fail.</summary>
/// <remarks>
/// Only the folders' own tests run, because all tests would take twenty minutes for each change. Everything happens in a copy of the sources, in which the rest
/// of the engine is marked as generated: otherwise, Stryker would change the whole engine, which takes five minutes, and ignore most of the changes afterwards.
/// </remarks>
internal static class Mutate
{
    private static string Tool => Shell.At("artifacts", "stryker");

    private static string Copy => Shell.At("artifacts", "mutation");

    /// <param name="folders">Folders of the engine that also exist in its test project.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(IReadOnlyList<string> folders, Options options)
    {
        if (folders.Count == 0 || !folders.All(folder => Directory.Exists(Shell.At("TinySora.Engine", folder)) && Directory.Exists(Shell.At(Tests, folder))))
        {
            throw new BuildFailed("mutate requires one or more folders that exist both in TinySora.Engine and in its tests, such as Diffusion.", 2);
        }
        Machine.Prepare();
        var program = Path.Combine(Tool, OperatingSystem.IsWindows() ? "dotnet-stryker.exe" : "dotnet-stryker");
        if (!File.Exists(program))
        {
            Shell.Run(
                "dotnet", "tool", "install", "dotnet-stryker", "--tool-path", Tool, "--version", Machine.Pinned("StrykerVersion"), "--verbosity", "quiet");
        }
        CopySources(folders);
        Environment.SetEnvironmentVariable("MutationTests", string.Join(';', folders.Select(folder => $"{folder}/**/*Tests*.cs")));
        Environment.SetEnvironmentVariable("RunAnalyzers", "false");
        // Otherwise, several test programs of several threads each compete for the cores.
        Environment.SetEnvironmentVariable("TINYSORA_THREADS", "1");
        var reports = Shell.At("out", "mutation");
        var code = Shell.TryIn(Path.Combine(Copy, Tests), program,
        [
            "--test-runner", "mtp", "--project", "TinySora.Engine.csproj", "--configuration", options.Configuration, "--skip-version-check",
            "--concurrency", $"{Environment.ProcessorCount}",
            .. folders.SelectMany(folder => new[] { "--mutate", $"**/TinySora.Engine/{folder}/**/*.cs" }),
            "--reporter", "cleartext", "--reporter", "json", "--reporter", "html", "--output", reports,
        ]);
        if (code == 0)
        {
            PrintScore(Path.Combine(reports, "reports", "mutation-report.json"));
        }
        return code;
    }

    /// <summary>
    /// Prints the share of changes that tests notice. Changes of static fields are left out: Stryker tests all changes in one process, whose static fields are
    /// already initialized.
    /// </summary>
    private static void PrintScore(string report)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(report));
        var changes = json.RootElement.GetProperty("files").EnumerateObject().SelectMany(file => file.Value.GetProperty("mutants").EnumerateArray())
            .Where(change => !change.TryGetProperty("static", out var isStatic) || isStatic.ValueKind != JsonValueKind.True)
            .Select(change => change.GetProperty("status").GetString()).ToList();
        var noticed = changes.Count(status => status is "Killed" or "Timeout");
        var all = noticed + changes.Count(status => status is "Survived" or "NoCoverage");
        Console.WriteLine($"Without changes of static fields, the tests notice {noticed} of {all} changes ({100.0 * noticed / Math.Max(1, all):0.0} %).");
    }

    private static string Tests => Path.Combine("tests", "TinySora.Engine.Tests");

    /// <summary>Copies the sources, and marks the engine's files outside of some folders as generated. The build outputs of an earlier copy are kept.</summary>
    private static void CopySources(IReadOnlyList<string> folders)
    {
        Directory.CreateDirectory(Copy);
        Shell.Delete([.. Directory.EnumerateDirectories(Copy).Where(folder => Path.GetFileName(folder) != "artifacts")]);
        foreach (var path in Directory.EnumerateFiles(Shell.Root)
            .Concat(Directory.EnumerateDirectories(Shell.Root).Where(folder => Path.GetFileName(folder) is not (".git" or ".vs" or "artifacts" or "out"))
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
            .Append(Shell.At("artifacts", "Machine.props")).Concat(Directory.EnumerateFiles(Shell.At("artifacts", "kernels"))))
        {
            var copy = Path.Combine(Copy, Path.GetRelativePath(Shell.Root, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy, overwrite: true);
            if (path.StartsWith(Shell.At("TinySora.Engine", ""), StringComparison.Ordinal) && Path.GetExtension(path) == ".cs"
                && !folders.Any(folder => path.StartsWith(Shell.At("TinySora.Engine", folder, ""), StringComparison.Ordinal)))
            {
                File.WriteAllText(copy, $"// <auto-generated/>\n#nullable enable\n{File.ReadAllText(path)}");
                File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(path));
            }
        }
    }
}

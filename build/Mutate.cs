namespace TinySora.Build;

/// <summary>Measures the strength of tests: changes the engine in hundreds of small ways, and counts the changes that make a test fail.</summary>
/// <remarks>Only the folders' own tests run, because all tests would take twenty minutes for each change.</remarks>
internal static class Mutate
{
    private static string Tool => Shell.At("artifacts", "stryker");

    /// <param name="folders">Folders of the engine that also exist in its test project.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(IReadOnlyList<string> folders, Options options)
    {
        if (folders.Count == 0 || !folders.All(folder => Directory.Exists(Shell.At("TinySora.Engine", folder)) && Directory.Exists(Tests(folder))))
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
        Environment.SetEnvironmentVariable("MutationTests", string.Join(';', folders.Select(folder => $"{folder}/**/*Tests*.cs")));
        // Otherwise, two test programs of two threads each compete for two cores.
        Environment.SetEnvironmentVariable("TINYSORA_THREADS", "1");
        Environment.CurrentDirectory = Tests();
        return Shell.Try(program,
        [
            "--test-runner", "mtp", "--project", "TinySora.Engine.csproj", "--configuration", options.Configuration, "--skip-version-check",
            .. folders.SelectMany(folder => new[] { "--mutate", $"**/TinySora.Engine/{folder}/**/*.cs" }),
            "--reporter", "cleartext", "--reporter", "json", "--reporter", "html", "--output", Shell.At("out", "mutation"),
        ]);
    }

    private static string Tests(params string[] folder) => Shell.At(["tests", "TinySora.Engine.Tests", .. folder]);
}

using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>
/// Runs the tests as Windows programs under Wine. With xUnit, test projects are executable, and NuGet provides the .NET runtime, PowerShell and libtorch for
/// Windows.
/// </summary>
internal static partial class WindowsTests
{
    /// <summary>Minimum version of Wine; under Wine 8, .NET programs end when an exception is thrown.</summary>
    private const int FirstWine = 9;

    /// <summary>Time after which a test suite counts as hung.</summary>
    private const string Limit = "90m";

    internal static string Artifacts => Shell.At("artifacts", "windows");

    internal static TestResults Run(Options options)
    {
        RequireWine();
        Machine.Prepare();
        WindowsKernels.InstallCompiler();
        foreach (var (name, value) in new[]
        {
            ("WINEPREFIX", Path.Combine(Artifacts, "wine")),
            ("WINEDEBUG", "-all"),
            ("DISPLAY", null),
            ("XDG_RUNTIME_DIR", Artifacts),
            ("KMP_AFFINITY", "disabled"), // otherwise, libtorch's OpenMP calls GetNumaNodeProcessorMaskEx, which Wine does not implement, and exits
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        Build("Pwsh", options, $"-p:WindowsPowerShell={PowerShell.ForWindows}");
        var total = TestResults.None;
        foreach (var name in Directory.GetFiles(Shell.At("tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).Order())
        {
            total += Test(name!, options);
        }
        return total;
    }

    private static TestResults Test(string name, Options options)
    {
        Build(name, options, [.. WindowsKernels.Properties, "-p:TorchBackend=cpu", $"-p:PowerShellFolder={Shell.At(Output("Pwsh", options))}"]);
        var program = Path.Combine(Output(name, options), $"{name}.exe");
        var results = Path.Combine("artifacts", "test-results", $"{name}.windows.trx");
        var running = Path.Combine("artifacts", "test-results", "running-test.txt");
        Directory.CreateDirectory(Shell.At("artifacts", "test-results"));
        File.Delete(Shell.At(results));
        File.WriteAllText(Shell.At(running), "");
        Environment.SetEnvironmentVariable("TINYSORA_RUNNING_TEST", Shell.At(running));
        // Do not use the exit code, because failed tests are counted.
        Shell.Try("timeout", ["--foreground", "--kill-after=10", Limit, "wine", program, "-trx", results, "-reporter", "silent"]);
        return TestResults.Read(Shell.At(results), Shell.At(running));
    }

    private static void Build(string name, Options options, params string[] properties) => Shell.Run("dotnet", ["build", Shell.At("tests", name), "-c",
        options.Configuration, "-r", "win-x64", "--self-contained", "-v", "q", "-nologo", $"-p:ArtifactsPath={Artifacts}", .. properties]);

    private static string Output(string name, Options options) =>
        Path.Combine("artifacts", "windows", "bin", name, $"{options.Configuration.ToLowerInvariant()}_win-x64");

    private static void RequireWine()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new BuildFailed("--windows is for other systems; on Windows use 'test' without it.", 2);
        }
        var version = Shell.Capture("wine", "--version");
        if (version is null || !int.TryParse(WineVersion().Match(version).Groups[1].Value, out var number) || number < FirstWine)
        {
            throw new BuildFailed($"Tests for Windows require wine {FirstWine} or later on the PATH; found: {version ?? "none"}. Debian 13, Ubuntu 25.04 and "
                + "Fedora have it (apt-get install wine, dnf install wine); https://www.winehq.org/download has packages for older systems.");
        }
        Console.WriteLine($"wine: {version}");
    }

    [GeneratedRegex(@"^wine-(\d+)")]
    private static partial Regex WineVersion();
}

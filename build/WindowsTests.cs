using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TinySora.Build;

/// <summary>
/// The tests as programs for Windows under wine: xunit makes a test project a program, and NuGet has .NET's runtime, PowerShell and libtorch for Windows.
/// </summary>
internal static partial class WindowsTests
{
    /// <summary>The oldest wine that runs the tests: under wine 8 .NET's programs end where an exception is thrown.</summary>
    private const int FirstWine = 9;

    /// <summary>The Debian release whose wine is new enough, and of which Debian 12 can make a folder.</summary>
    private const string Release = "trixie";

    /// <summary>The time after which a suite counts as hung.</summary>
    private const string Limit = "90m";

    // unshare's namespaces: the mounts are nobody else's, and they and all programs end with it, however that comes about.
    private const string Enter = """
        mount --bind "$2" "$1$2" && mount --bind "$3" "$1$3" && mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit
        debian=$1 here=$2; shift 3; exec chroot "$debian" env -C "$here" "$@"
        """;

    internal static string Artifacts => Shell.At("artifacts", "windows");

    private static string Debian => Shell.At("artifacts", "debian-13");

    internal static Tests.Counted Run(Options options)
    {
        var wine = FindWine();
        Machine.Prepare();
        WindowsKernels.InstallCompiler();
        foreach (var (name, value) in new[]
        {
            ("WINEPREFIX", Path.Combine(Artifacts, "wine")),
            ("WINEDEBUG", "-all"),
            ("DISPLAY", null),
            ("XDG_RUNTIME_DIR", Artifacts),
            ("KMP_AFFINITY", "disabled"), // without it libtorch's OpenMP asks for what wine lacks, GetNumaNodeProcessorMaskEx, and ends the process
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        Build("Pwsh", options, $"-p:WindowsPowerShell={PowerShell.ForWindows}");
        var total = default(Tests.Counted);
        foreach (var name in Directory.GetFiles(Shell.At("tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).Order())
        {
            total += Test(name!, wine, options);
        }
        return total;
    }

    private static Tests.Counted Test(string name, string[] wine, Options options)
    {
        Build(name, options, [.. WindowsKernels.Properties, "-p:TorchBackend=cpu", $"-p:PowerShellFolder={Shell.At(Output("Pwsh", options))}"]);
        var program = Path.Combine(Output(name, options), $"{name}.exe");
        var results = Path.Combine("artifacts", "test-results", $"{name}.windows.trx");
        var running = Path.Combine("artifacts", "test-results", "running-test.txt");
        Directory.CreateDirectory(Shell.At("artifacts", "test-results"));
        File.Delete(Shell.At(results));
        File.WriteAllText(Shell.At(running), "");
        Environment.SetEnvironmentVariable("TINYSORA_RUNNING_TEST", Shell.At(running));
        // Its code is of no use: what failed is counted.
        Shell.Try("timeout", ["--foreground", "--kill-after=10", Limit, .. wine, program, "-trx", results, "-reporter", "silent"]);
        return Count(name, Shell.At(results), File.ReadAllText(Shell.At(running)));
    }

    private static void Build(string name, Options options, params string[] properties) => Shell.Run("dotnet", ["build", Shell.At("tests", name), "-c",
        options.Configuration, "-r", "win-x64", "--self-contained", "-v", "q", "-nologo", $"-p:ArtifactsPath={Artifacts}", .. properties]);

    private static string Output(string name, Options options) =>
        Path.Combine("artifacts", "windows", "bin", name, $"{options.Configuration.ToLowerInvariant()}_win-x64");

    private static Tests.Counted Count(string name, string results, string running)
    {
        if (!File.Exists(results))
        {
            Console.WriteLine($"{name} ended, or stood still, before it wrote its results{(running == "" ? "" : $", in {running}")}.");
            return new(0, 1, 0);
        }
        var tests = XDocument.Load(results).Descendants().Where(e => e.Name.LocalName == "UnitTestResult").ToList();
        var bad = tests.Where(test => Outcome(test) == "Failed").ToList();
        foreach (var test in bad)
        {
            Console.WriteLine($"FAILED {(string?)test.Attribute("testName")}\n{Text(test, "Message")}\n{Text(test, "StackTrace")}\n");
        }
        foreach (var reason in tests.Where(test => Outcome(test) == "NotExecuted").CountBy(test => Text(test, "StdOut")).OrderByDescending(r => r.Value))
        {
            Console.WriteLine($"{reason.Value} skipped: {reason.Key}");
        }
        var passed = tests.Count(test => Outcome(test) == "Passed");
        var counted = new Tests.Counted(passed, bad.Count, tests.Count - passed - bad.Count);
        Console.WriteLine($"{name}: {counted}");
        return counted;

        static string? Outcome(XElement test) => (string?)test.Attribute("outcome");

        static string Text(XElement test, string name) => string.Join('\n', test.Descendants().Where(e => e.Name.LocalName == name).Select(e => e.Value));
    }

    /// <summary>What starts a program for Windows: wine on the PATH where it is new enough, otherwise Debian 13's in a folder.</summary>
    private static string[] FindWine()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new BuildFailed("--windows runs tests for Windows where there is none; here plain 'test' runs them.", 2);
        }
        var version = Shell.Ask("wine", "--version");
        if (version is not null && int.TryParse(WineVersion().Match(version).Groups[1].Value, out var number) && number >= FirstWine)
        {
            Console.WriteLine($"wine: {version}");
            return ["wine"];
        }
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || Environment.UserName != "root" || Shell.Find("apt-get") is null)
        {
            throw new BuildFailed($"Tests for Windows need wine {FirstWine} or newer on the PATH, and here is {version ?? "none"}. As root on Debian "
                + "for x64 this command gets Debian 13's into a folder of its own.");
        }
        MakeDebian();
        // Tests of the installation take NuGet's packages.
        var packages = Shell.Ask("dotnet", "nuget", "locals", "global-packages", "--list", "--force-english-output")!.Split(": ", 2)[1].TrimEnd('/');
        Directory.CreateDirectory(Debian + Shell.Root);
        Directory.CreateDirectory(Debian + packages);
        string[] enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", Enter, "sh", Debian, Shell.Root, packages];
        return [.. enter, "wine"];
    }

    /// <summary>Once; it lies in artifacts/ and is of no other use.</summary>
    private static void MakeDebian()
    {
        if (!File.Exists(Path.Combine(Debian, "usr", "bin", "wine")))
        {
            Prerequisites.Install("debootstrap", $"a folder with Debian 13 and its wine, since Windows' tests need wine {FirstWine} or newer");
            // From where this system gets its own packages; what debootstrap mounts, ends with it.
            var servers = Shell.Ask(
                "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
                ?.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var unfinished = Debian + ".partial";
            Shell.Delete(unfinished);
            Shell.Run("unshare", ["--mount", "debootstrap", "--variant=minbase", "--include=wine", Release, unfinished,
                .. servers is [var server, ..] ? [server] : Array.Empty<string>()]);
            Directory.Move(unfinished, Debian);
        }
        Console.WriteLine($"wine: Debian 13's, in {Debian}");
    }

    [GeneratedRegex(@"^wine-(\d+)")]
    private static partial Regex WineVersion();
}

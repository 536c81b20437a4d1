using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>Runs all tests: the xUnit suites (that of the cmdlets in two parts) and the Pester suite, three programs at a time.</summary>
internal static partial class Tests
{
    /// <returns>The exit code.</returns>
    internal static int Run(Options options)
    {
        Prerequisites.InstallForTests();
        // Most programs here run for about a second, and profiling hot methods and mapping each page of code twice would take a tenth of that.
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
        Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", "0");
        // Killed processes leave debugger sockets in the temporary folder, and PowerShell lists them whenever it resolves a path in that folder.
        Environment.SetEnvironmentVariable("DOTNET_EnableDiagnostics", "0");
        // On a virtual machine that reports no cache size, .NET collects garbage every 256 KB.
        Environment.SetEnvironmentVariable("DOTNET_GCgen0size", "0x4000000");
        // A second thread that collects garbage took a tenth of the time of tests that train many small models.
        Environment.SetEnvironmentVariable("DOTNET_gcConcurrent", "0");

        Shell.Run("dotnet", "build", Shell.At("tests", "Programs.proj"), $"-p:Configuration={options.Configuration}", "-v", "q", "-nologo");
        var folder = UseMemoryForTemporaryFiles();

        // Computing uses one thread, and tests often wait for other processes, so three programs keep two cores busy.
        var total = Task.WhenAll(
            Task.Run(() => Test("TinySora.Engine.Tests", options)),
            Task.Run(() => Test("TinySora.PowerShell.Tests", options, "Starts=Processes", ".processes") + Pester(options)),
            Task.Run(() => Test("TinySora.PowerShell.Tests", options, "Starts!=Processes") + AsOlderProcessor(options)))
            .GetAwaiter().GetResult().Aggregate((a, b) => a + b);
        if (folder is not null)
        {
            Shell.Try("rm", "-rf", folder);
        }
        return Report(total);
    }

    /// <summary>
    /// Moves the folder for temporary files into memory if there is enough of it, because the tests write thousands of files and flush many of them to disk.
    /// </summary>
    /// <returns>The folder, to be deleted after the tests; <c>null</c> if temporary files stay where they are.</returns>
    private static string? UseMemoryForTemporaryFiles()
    {
        const string memory = "/dev/shm";
        if (Environment.GetEnvironmentVariable("TMPDIR") is not null || !Directory.Exists(memory) || new DriveInfo(memory).AvailableFreeSpace < 8L << 30)
        {
            return null;
        }
        var folder = Directory.CreateDirectory(Path.Combine(memory, $"tinysora-{Environment.ProcessId}")).FullName;
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        return folder;
    }

    /// <summary>Prints the last line of a test run, and returns the exit code.</summary>
    internal static int Report(Counted total)
    {
        Console.WriteLine(total);
        return total.Failed == 0 ? 0 : 1;
    }

    /// <summary>Repeats the tests that depend on the processor on an emulated older processor, if that was requested and makes a difference.</summary>
    private static Counted AsOlderProcessor(Options options)
    {
        if (!options.AlsoOlder || !OlderProcessor.IsOlder || options.Older)
        {
            return default;
        }
        Console.WriteLine($"Repeating the tests that depend on the processor as {OlderProcessor.Name}:");

        // Test the kernels, the layers, and the values of whole networks and runs; the rest of the families does not depend on the processor.
        string[] computing =
        [
            "Tests.Compute.", "Tests.Layers.", "NetworkTests.", "UNet3DTests.", "GoldenLossTests.", "RunTests.Ten_steps", "TeacherTests.", "Resumed_run",
        ];
        var filter = string.Join('|', computing.Select(name => $"FullyQualifiedName~{name}"));
        return Test("TinySora.Engine.Tests", options, filter, ".older", OlderProcessor.Variables);
    }

    /// <param name="part">Suffix for the result files, if a project is tested in parts.</param>
    /// <param name="environment">Additional environment variables for the tests.</param>
    private static Counted Test(
        string project, Options options, string filter = "", string part = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        var folder = Directory.CreateDirectory(Shell.At("artifacts", "test-results")).FullName;
        var results = Path.Combine(folder, project + part + ".trx");
        File.Delete(results);
        string[] filtered = filter == "" ? [] : ["--filter", filter];
        var variables = (environment ?? new Dictionary<string, string>()).SelectMany(variable => new[] { "-e", $"{variable.Key}={variable.Value}" });
        var running = Path.ChangeExtension(results, "running.txt");
        File.WriteAllText(running, "");
        var code = Shell.Try(
            "dotnet",
            [
                "test", Shell.At("tests", project), "-c", options.Configuration, "--no-build", "--nologo", "-e", $"TINYSORA_RUNNING_TEST={running}",
                "--logger", $"trx;LogFileName={results}", .. filtered, .. variables,
            ]);
        if (File.ReadAllText(running) is { Length: > 0 } test)
        {
            Console.WriteLine($"The test program crashed during {test}.");
        }
        var counted = Count(results);
        if (code != 0 && counted.Failed == 0)
        {
            // The runner loses a failure if its message contains control characters.
            Console.WriteLine($"{Path.GetFileName(results)} has no failed test, but the test program exited with code {code}.");
            return counted with { Failed = 1 };
        }

        return counted;
    }

    private static Counted Count(string results)
    {
        if (!File.Exists(results))
        {
            return new(0, 1, 0);
        }
        var counters = Counters().Match(File.ReadAllText(results)).Groups;
        int Of(string name) => int.Parse(counters[name].Value);
        return new(Of("passed"), Of("failed"), Of("total") - Of("executed"));
    }

    /// <summary>The numbers of tests that passed, failed and were skipped.</summary>
    internal readonly record struct Counted(int Passed, int Failed, int Skipped)
    {
        public static Counted operator +(Counted a, Counted b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

        public override string ToString() => $"{Passed} passed, {Failed} failed" + (Skipped > 0 ? $", {Skipped} skipped" : "");
    }

    /// <summary>Runs the Pester tests on the packed module, which is installed as from the gallery, with native libraries from a folder.</summary>
    private static Counted Pester(Options options)
    {
        const string script = """
            $ErrorActionPreference = 'Stop'
            Import-Module $env:TINYSORA_PESTER, (Join-Path $env:TINYSORA_MODULE_PATH TinySora.psd1)
            Install-TinySoraRuntime -Source $env:TINYSORA_PACKAGES | Out-Null
            $run = Invoke-Pester tests/Pester -Output Detailed -PassThru
            "$($run.PassedCount) $($run.FailedCount + $run.FailedContainersCount) $($run.SkippedCount)" | Set-Content artifacts/pester.txt
            """;
        var (package, natives) = Pack.Run(options, everywhere: false);
        foreach (var (name, value) in new[]
        {
            ("TINYSORA_PESTER", PesterModule()), ("TINYSORA_MODULE_PATH", Pack.Install(package)), ("TINYSORA_PACKAGES", natives),
            ("TINYSORA_RUNTIME", Shell.At("out", "installed", "runtime")),
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        var counts = Shell.At("artifacts", "pester.txt");
        File.Delete(counts);
        var command = PowerShell.Command(script);
        Shell.Try(command[0], command[1..]);
        var numbers = (File.Exists(counts) ? File.ReadAllText(counts) : "0 1 0").Split(' ');
        return new(int.Parse(numbers[0]), int.Parse(numbers[1]), int.Parse(numbers[2]));
    }

    /// <summary>Returns the path of Pester's manifest in the NuGet cache; the cmdlet test project restores Pester.</summary>
    private static string PesterModule() => Path.Combine(
        Shell.Capture("dotnet", "msbuild", Shell.At("tests", "TinySora.PowerShell.Tests"), "-getProperty:PkgPester") ?? "", "tools", "Pester.psd1");

    [GeneratedRegex("""<Counters total="(?<total>\d+)" executed="(?<executed>\d+)" passed="(?<passed>\d+)" failed="(?<failed>\d+)""")]
    private static partial Regex Counters();
}

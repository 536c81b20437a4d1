using System.Xml.Linq;

namespace TinySora.Build;

/// <summary>Runs all tests: the xUnit suites (that of the cmdlets in two parts) and the Pester suite, three programs at a time.</summary>
internal static class Tests
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
        Shell.Delete(CoverageFolder);
        var folder = UseMemoryForTemporaryFiles();

        // Computing uses one thread, and tests often wait for other processes, so three programs keep two cores busy.
        var total = Task.WhenAll(
            Task.Run(() => Test("TinySora.Engine.Tests", options, collector: options.Coverage ? Collector : [])),
            Task.Run(() => Test("TinySora.PowerShell.Tests", options, "Starts=Processes", ".processes") + Pester(options)),
            Task.Run(() => Test("TinySora.PowerShell.Tests", options, "Starts!=Processes") + AsOlderProcessor(options)))
            .GetAwaiter().GetResult().Aggregate((a, b) => a + b);
        if (folder is not null)
        {
            Shell.Try("rm", "-rf", folder);
        }
        if (options.Coverage)
        {
            Console.WriteLine(BranchCoverage());
        }
        return total.Report();
    }

    /// <summary>
    /// Moves the folder for temporary files into memory if there is enough of it, because the tests write thousands of files and flush many of them to disk.
    /// Folders of test programs that were killed are deleted first.
    /// </summary>
    /// <returns>The folder, to be deleted after the tests; <c>null</c> if temporary files stay where they are.</returns>
    private static string? UseMemoryForTemporaryFiles()
    {
        const string memory = "/dev/shm";
        foreach (var abandoned in Directory.Exists(memory) ? Directory.GetDirectories(memory, "tinysora-*").Where(IsAbandoned) : [])
        {
            Shell.Try("rm", "-rf", abandoned);
        }
        if (Environment.GetEnvironmentVariable("TMPDIR") is not null || !Directory.Exists(memory) || new DriveInfo(memory).AvailableFreeSpace < 8L << 30)
        {
            return null;
        }
        var folder = Directory.CreateDirectory(Path.Combine(memory, $"tinysora-{Environment.ProcessId}")).FullName;
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        return folder;
    }

    /// <summary>Returns whether the process whose number ends a folder's name has ended.</summary>
    private static bool IsAbandoned(string folder) =>
        int.TryParse(folder[(folder.LastIndexOf('-') + 1)..], out var process) && !Directory.Exists($"/proc/{process}");

    /// <summary>Repeats the tests that depend on the processor on an emulated older processor, if that was requested and makes a difference.</summary>
    private static TestResults AsOlderProcessor(Options options)
    {
        if (!options.AlsoOlder || !OlderProcessor.IsOlder || options.Older)
        {
            return TestResults.None;
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
    private static TestResults Test(
        string project, Options options, string filter = "", string part = "", IReadOnlyDictionary<string, string>? environment = null,
        string[]? collector = null)
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
                "--logger", $"trx;LogFileName={results}", .. filtered, .. variables, .. collector ?? [],
            ]);
        var tests = TestResults.Read(results, running);
        // The runner loses a failure if its message contains control characters.
        return code == 0 || tests.Failures.Count > 0 ? tests : tests + new TestResults(0, 0,
            $"{Path.GetFileName(results)} has no failed test, but the test program exited with code {code}.");
    }

    /// <summary>Arguments that make coverlet count the covered branches of the engine.</summary>
    private static string[] Collector =>
    [
        "--collect", "XPlat Code Coverage;Include=[TinySora.Engine]*;ExcludeByAttribute=GeneratedCodeAttribute", "--results-directory", CoverageFolder,
    ];

    private static string CoverageFolder => Shell.At("artifacts", "coverage");

    private static string BranchCoverage()
    {
        // The TRX logger may copy the report.
        if (!Directory.Exists(CoverageFolder)
            || Directory.GetFiles(CoverageFolder, "coverage.cobertura.xml", SearchOption.AllDirectories) is not [var report, ..])
        {
            return "The tests ended without a coverage report.";
        }
        var total = XDocument.Load(report).Root!;
        var (covered, branches) = ((int)total.Attribute("branches-covered")!, (int)total.Attribute("branches-valid")!);
        return $"Branch coverage of TinySora.Engine by its tests: {(double)covered / branches:P1} ({covered} of {branches}); see {report}";
    }

    /// <summary>Runs the Pester tests on the packed module, which is installed as from the gallery, with native libraries from a folder.</summary>
    private static TestResults Pester(Options options)
    {
        const string script = """
            $ErrorActionPreference = 'Stop'
            Import-Module $env:TINYSORA_PESTER, (Join-Path $env:TINYSORA_MODULE_PATH TinySora.psd1)
            Install-TinySoraRuntime -Source $env:TINYSORA_PACKAGES | Out-Null
            $run = Invoke-Pester tests/Pester -Output Detailed -PassThru
            $failures = @($run.Failed | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord)" })
            $failures += @($run.FailedContainers | ForEach-Object { "$($_.Item): $($_.ErrorRecord)" })
            "$($run.PassedCount) $($run.SkippedCount)", ($failures -replace '\s*\n\s*', ' ') | ForEach-Object { $_ } | Set-Content artifacts/pester.txt
            """;
        var (package, natives) = Pack.Run(options, isForTests: true);
        foreach (var (name, value) in new[]
        {
            ("TINYSORA_PESTER", PesterModule()), ("TINYSORA_MODULE_PATH", Pack.Install(package)), ("TINYSORA_PACKAGES", natives),
            ("TINYSORA_RUNTIME", Shell.At("out", "installed", "runtime")),
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        var results = Shell.At("artifacts", "pester.txt");
        File.Delete(results);
        var command = PowerShell.Command(script);
        Shell.Try(command[0], command[1..]);
        if (!File.Exists(results))
        {
            return new(0, 0, "Pester ended without results.");
        }
        var lines = File.ReadAllLines(results);
        var counts = lines[0].Split(' ');
        return new(int.Parse(counts[0]), int.Parse(counts[1]), lines[1..]);
    }

    /// <summary>Returns the path of Pester's manifest in the NuGet cache; the cmdlet test project restores Pester.</summary>
    private static string PesterModule() => Path.Combine(
        Shell.Capture("dotnet", "msbuild", Shell.At("tests", "TinySora.PowerShell.Tests"), "-getProperty:PkgPester") ?? "", "tools", "Pester.psd1");
}

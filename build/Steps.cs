namespace TinySora.Build;

/// <summary>The steps by name: build, test, pack, demo, learn, torture, fuzz, soak, simulate, bench, gpu, clean.</summary>
internal static class Steps
{
    private const string Usage = """
        Usage: build [build|test|pack|demo|learn NAME|torture|fuzz|soak|simulate|bench|gpu|clean] [options]

          build          the importable module in out/TinySora, and out/tinysora, PowerShell with it (default)
          test           build, then every test: xunit, and Pester on the packed module
          pack           build, then the package for PowerShell's gallery in out/, without native libraries
          demo           build, then the whole way: data, training, checkpoint, prompts, videos in out/demo
          demo --quick   the same in about five minutes
          learn NAME     build, then a recipe of examples/learn with five seeds: a row of dev/log.md; started again it goes on
          torture        build, then every call to the system of every command made to fail, one after the other; with --minutes or --tries
                         commands killed, paused, without memory or with a wrong clock at random moments; tables of both; with --night the scheduled
                         script, two processes where there is MPI, killed about once a minute: how much of what it computes counts
          fuzz           changed files of every format, by the branches that they take, read in ten minutes or --minutes; findings in out/fuzz
          soak           trainings, generations and imports at once in one process, round after round, for ten minutes or --minutes; what it holds
                         is measured after each round, and has to stay flat
          simulate       processes that share folders and the queue, played in a thousand orders or --schedules; some of them are killed
          bench          build, then the same work by TinySora and by PyTorch in turn; a table of both, in some ten minutes
          gpu            build, then tests and measurements on this machine's GPU, or where there is none on its processor;
                         a report of them in out/gpu-report.md
          clean          remove out/ and artifacts/

          --certificate FILE|THUMBPRINT   pack: sign with a .pfx file or a certificate of this user (on Windows)
          --password-env NAME             pack: the environment variable that holds the .pfx file's password
          --seeds N                    learn: so many runs in place of five
          --tune                       learn: measured on the sentences by which recipes are chosen
          --minutes N, --tries N       torture, fuzz, soak, simulate: so long; torture: so many tries
          --seed N                     torture: of the first try, the next one's is N + 1; a failure names its own;
                                       fuzz, soak: of all that is chosen; simulate: as torture
          --format NAME,NAME           fuzz: only these formats
          --input FILE                 fuzz: one file that was found
          --commands NAME,NAME         torture: only these commands
          --faults NAME,NAME           torture: only these faults
          --schedules N                simulate: so many orders
          --night N, --processes N     torture: so many minutes of that; so many processes that compute together
          --stride N                   torture: only every N-th call; --power: started on every N-th state
          --power                      torture: the states that a disk may have after a power cut at any moment, see docs/reliability.md
          --flushes                    torture: the same without one kind of flush after the other; each has to be missed
          --processor x86-64-v3        run as on a processor with AVX2 and nothing newer
          --also-processor x86-64-v3   test: then the tests of kernels and models once more, as on such a processor
          --windows                    test: as programs for Windows, under wine
          --yes                        install missing packages of the system (apt-get, as root) without a question
          --debug                      compile for debugging
        """;

    internal static int Run(string[] args)
    {
        try
        {
            var options = Apply(Options.Parse(args));
            switch (options.Step)
            {
                case "build":
                    Build(options);
                    break;
                case "test" when options.Windows:
                    return Tests.Report(WindowsTests.Run(options));
                case "test":
                    Build(options);
                    return Tests.Run(options);
                case "gpu":
                    Build(options);
                    return Gpu.Run(options);
                case "pack":
                    Build(options);
                    Pack.Run(options, everywhere: true);
                    break;
                case "demo":
                    Build(options);
                    new Demo(options.Quick).Play();
                    break;
                case "learn":
                    var learn = new Learn(options);
                    Build(options);
                    learn.Run();
                    break;
                case "torture":
                    return Torture(options);
                case "fuzz" or "soak" or "simulate":
                    return Program(options);
                case "bench":
                    Build(options);
                    Shell.Run("dotnet", "run", "--project", Shell.At("benchmarks"), "-c", options.Configuration, "-v", "q");
                    break;
                case "clean":
                    Clean();
                    break;
                case "help":
                    Console.WriteLine(Usage);
                    break;
                default:
                    throw new BuildFailed($"There is no step '{options.Step}'; see --help.", 2);
            }
            return 0;
        }
        catch (BuildFailed failure)
        {
            Console.Error.WriteLine($"build: {failure.Message}");
            return failure.Code;
        }
    }

    /// <summary>Sets what holds for the whole process.</summary>
    private static Options Apply(Options options)
    {
        Prerequisites.IsAgreed = options.Yes;
        if (options.Older)
        {
            OlderProcessor.Pretend();
        }
        return options;
    }

    private static void Build(Options options)
    {
        Machine.Prepare();
        var (module, fresh, before) = (Shell.At("out", "TinySora"), Shell.At("artifacts", "module"), Shell.At("artifacts", "module-before"));
        Shell.Run("dotnet", "build", Shell.At("TinySora.sln"), "-c", options.Configuration, "-v", "q", "-nologo");
        Shell.Delete(fresh, before);
        Shell.Run("dotnet", "publish", Shell.At("TinySora.PowerShell"), "-c", options.Configuration, "-o", fresh, "--no-build", "-v", "q", "-nologo");
        // A run that somebody has started from there goes on, and the next one starts: the module is there all the time.
        Directory.CreateDirectory(Shell.At("out"));
        try
        {
            if (Directory.Exists(module))
            {
                Directory.Move(module, before);
            }
            Directory.Move(fresh, module);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // Windows does not let go of what is loaded.
        {
            throw new BuildFailed($"{module} cannot be replaced: {e.Message.TrimEnd('.')}. Close the sessions that have imported it, then build again.");
        }
        Shell.Delete(before);
        Console.WriteLine($"Module:  {module}");
        if (PowerShell.Folder is not null)
        {
            Console.WriteLine($"Session: {PowerShell.WriteLauncher()}");
        }
    }

    private static int Torture(Options options)
    {
        Build(options);
        Prerequisites.InstallForTests();
        return Shell.Try(
            "dotnet",
            [
                "run", "--project", Shell.At("tests", "faults"), "-c", options.Configuration, "-v", "q", "--",
                "--pwsh", PowerShell.Program, "--module", Shell.At("out", "TinySora"),
                "--script", Shell.At("examples", "schedule", "Train-Nightly.ps1"), .. options.Torture ?? [],
            ]);
    }

    /// <summary>Builds and runs the program of a step that lies in the folder of tests.</summary>
    private static int Program(Options options)
    {
        Machine.Prepare();
        string[] words = options.Step == "fuzz"
            ? ["--golden", Shell.At("tests", "TinySora.Engine.Tests", "Golden"), "--out", Shell.At("out", "fuzz")] : [];
        var project = Shell.At("tests", options.Step == "simulate" ? "simulation" : options.Step);
        return Shell.Try(
            "dotnet", ["run", "--project", project, "-c", options.Configuration, "-v", "q", "--", .. words, .. options.Torture ?? []]);
    }

    private static void Clean()
    {
        Shell.Delete(
            Shell.At("artifacts", "bin"), Shell.At("artifacts", "obj"), Shell.At("artifacts", "kernels"), WindowsTests.Artifacts, Shell.At("out"));
        File.Delete(Shell.At("artifacts", "Machine.props"));
    }
}

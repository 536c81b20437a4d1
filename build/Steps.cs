namespace TinySora.Build;

/// <summary>The steps by name: build, test, pack, demo, learn, mutate, torture, fuzz, soak, simulate, bench, gpu, clean.</summary>
internal static class Steps
{
    private const string Usage = """
        Usage: build [build|test|pack|demo|learn NAME|mutate FOLDER|torture|fuzz|soak|simulate|bench|gpu|clean] [options]

          build          build the module in out/TinySora, and out/tinysora, which starts PowerShell with the module (default)
          test           build, then run all tests: xunit, and Pester on the packed module
          pack           build, then create the package for the PowerShell Gallery in out/, without libtorch
          demo           build, then run the whole workflow in out/demo: data, training, checkpoint, prompts, videos
          demo --quick   a shorter demo, about five minutes
          learn NAME     build, then train a recipe in examples/learn with five seeds for a row in dev/log.md; rerun to resume
          mutate FOLDER  change that folder of TinySora.Engine in hundreds of small ways, and count the changes that its own tests notice;
                         about 15 minutes, for one folder or several; the report is in out/mutation
          torture        build, then make each system call of every command fail in turn; with --minutes or --tries, kill and pause commands, limit
                         their memory and change the clock at random moments; prints tables of the results; with --night, kill the scheduled
                         script (two processes if MPI is installed) about once a minute, and report how much computation is lost
          fuzz           read mutated files of every format, guided by code coverage, for ten minutes or --minutes; findings in out/fuzz
          soak           train, generate and import simultaneously in one process, in rounds, for ten minutes or --minutes; memory and handles
                         are measured after each round and must not grow
          simulate       run processes that share folders and the queue, in a thousand schedules or --schedules; kill some of them
          bench          build, then run the same work with TinySora and PyTorch in turn; prints a table after about ten minutes
          gpu            build, then run tests and benchmarks on this machine's GPU, or on its processor if there is none;
                         the report is out/gpu-report.md
          clean          remove out/ and artifacts/

          --everywhere                    pack: as for a release, also with the CUDA packages of Linux and Windows, which takes gigabytes
          --certificate FILE|THUMBPRINT   pack: sign with a .pfx file or a certificate of this user (on Windows)
          --password-env NAME             pack: environment variable with the .pfx file's password
          --seeds N                    learn: number of seeds; default: 5
          --tune                       learn: measure on the prompts for choosing recipes
          --minutes N, --tries N       torture, fuzz, soak, simulate: minutes; torture: number of tries
          --seed N                     torture, simulate: seed of the first try, then N + 1 and so on; a failure prints its seed;
                                       fuzz, soak: seed of all random choices
          --format NAME,NAME           fuzz: only these formats
          --input FILE                 fuzz: only this file, such as one from out/fuzz
          --commands NAME,NAME         torture: only these commands
          --faults NAME,NAME           torture: only these faults
          --schedules N                simulate: number of schedules
          --night N, --processes N     torture: minutes to run the scheduled script; number of its processes
          --stride N                   torture: only every N-th call; with --power: resume from every N-th state; the seed selects the first
          --power                      torture: all disk states that a power cut may leave, see dev/failure-tests.md
          --flushes                    torture: like --power, leaving out one kind of flush at a time; every kind must turn out to be necessary
          --processor x86-64-v3        run as on a processor with AVX2 but no newer instructions
          --also-processor x86-64-v3   test: repeat the tests of kernels and models as on such a processor
          --coverage                   test: measure how many branches of the engine its tests cover
          --windows                    test: run as Windows programs, under wine
          --yes                        install missing system packages (apt-get, as root) without asking
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
                    return WindowsTests.Run(options).Report();
                case "test":
                    Build(options);
                    return Tests.Run(options);
                case "gpu":
                    Build(options);
                    return Gpu.Run(options);
                case "pack":
                    Build(options);
                    Pack.Run(options, isForTests: false);
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
                case "mutate":
                    return Mutate.Run(options.Folders ?? [], options);
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
                    throw new BuildFailed($"Unknown step '{options.Step}'; see --help.", 2);
            }
            return 0;
        }
        catch (BuildFailed failure)
        {
            Console.Error.WriteLine($"build: {failure.Message}");
            return failure.Code;
        }
    }

    /// <summary>Applies the options that affect the whole process.</summary>
    private static Options Apply(Options options)
    {
        Prerequisites.IsAgreed = options.Yes;
        if (options.Coverage)
        {
            // A property for MSBuild; the package is not needed otherwise.
            Environment.SetEnvironmentVariable("TestCoverage", "true");
        }
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
        // The module remains available all the time, so that runs that use it continue and new ones can start.
        Directory.CreateDirectory(Shell.At("out"));
        try
        {
            if (Directory.Exists(module))
            {
                Directory.Move(module, before);
            }
            Directory.Move(fresh, module);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // Windows locks loaded files.
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

    /// <summary>Builds and runs a step's program in the tests folder.</summary>
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

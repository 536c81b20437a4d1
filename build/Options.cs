namespace TinySora.Build;

/// <summary>The parsed command line.</summary>
/// <param name="Older">Whether to run as <see cref="OlderProcessor"/>.</param>
/// <param name="AlsoOlder">test: whether to repeat the tests that depend on the processor as <see cref="OlderProcessor"/>.</param>
/// <param name="Coverage">test: whether to measure the branch coverage of the engine.</param>
/// <param name="Windows">test: whether to run the tests as programs for Windows.</param>
/// <param name="Recipe">learn: name of a file in examples/learn.</param>
/// <param name="Folders">mutate: folders in TinySora.Engine.</param>
/// <param name="Seeds">learn: number of runs.</param>
/// <param name="Tune">learn: whether to measure on the prompts that are reserved for choosing recipes.</param>
/// <param name="Yes">Whether to install system packages without asking.</param>
/// <param name="Torture">torture, fuzz and soak: options for the programs in tests, unchanged.</param>
/// <param name="Everywhere">pack: whether to list the CUDA packages of all systems, instead of those that this build uses.</param>
/// <param name="Certificate">A .pfx file, or the thumbprint of a certificate of this user; <c>null</c> to skip signing.</param>
/// <param name="PasswordVariable">Environment variable with the file's password.</param>
internal sealed record Options(
    string Step, string Configuration, bool Quick, string? Certificate = null, string? PasswordVariable = null,
    bool Older = false, bool AlsoOlder = false, bool Coverage = false, bool Windows = false, string? Recipe = null,
    IReadOnlyList<string>? Folders = null, int Seeds = 5, bool Tune = false, bool Yes = false, IReadOnlyList<string>? Torture = null, bool Everywhere = false)
{
    internal static Options Parse(string[] args)
    {
        var options = new Options("build", "Release", false);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                _ when options.Step == "help" => options,
                "--certificate" => options with { Certificate = Value(ref i) },
                "--password-env" => options with { PasswordVariable = Value(ref i) },
                "--processor" => Older(Value(ref i)) with { Older = true },
                "--also-processor" => Older(Value(ref i)) with { AlsoOlder = true },
                "--seeds" => options with { Seeds = Positive(Value(ref i)) },
                "--minutes" or "--seed" or "--tries" or "--commands" or "--faults" or "--stride" or "--format" or "--input" or "--schedules" or "--night"
                    or "--processes" => options with { Torture = [.. options.Torture ?? [], args[i], Value(ref i)] },
                "-y" or "--yes" => options with { Yes = true },
                "--power" or "--flushes" => options with { Torture = [.. options.Torture ?? [], "--power", args[i][2..]] },
                "--everywhere" => options with { Everywhere = true },
                "--tune" => options with { Tune = true },
                "--coverage" => options with { Coverage = true },
                "--windows" => options with { Windows = true },
                "--debug" => options with { Configuration = "Debug" },
                "--quick" => options with { Quick = true },
                "-h" or "--help" => options with { Step = "help" },
                ['-', ..] => throw new BuildFailed($"Unknown option {args[i]}; see --help.", 2),
                var name when options.Step == "learn" => options with { Recipe = name },
                var folder when options.Step == "mutate" => options with { Folders = [.. options.Folders ?? [], folder] },
                var step => options with { Step = step },
            };
        }
        return options;

        string Value(ref int option) => option + 1 < args.Length ? args[++option] : throw new BuildFailed($"{args[option]} requires a value; see --help.", 2);

        static int Positive(string text) => int.TryParse(text, out var number) && number > 0
            ? number
            : throw new BuildFailed($"--seeds must be a whole number of at least 1, but is '{text}'.", 2);

        Options Older(string name) => name == OlderProcessor.Name
            ? options
            : throw new BuildFailed($"The processor must be {OlderProcessor.Name}, but is '{name}'.", 2);
    }
}

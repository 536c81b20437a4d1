namespace TinySora.Build;

/// <summary>The command line.</summary>
/// <param name="Older">Run as <see cref="OlderProcessor"/>.</param>
/// <param name="AlsoOlder">test: the tests of what depends on the processor once more, as that.</param>
/// <param name="Windows">test: as programs for Windows.</param>
/// <param name="Recipe">learn: the name of a file in examples/learn.</param>
/// <param name="Seeds">learn: how many runs there are of it.</param>
/// <param name="Tune">learn: measured on the sentences by which recipes are chosen.</param>
/// <param name="Yes">Packages of the system are installed without a question.</param>
/// <param name="Torture">torture, fuzz and soak: options of the programs in tests, as they were given.</param>
/// <param name="Certificate">A .pfx file, or the thumbprint of a certificate of this user; null: nothing is signed.</param>
/// <param name="PasswordVariable">The environment variable with the file's password.</param>
internal sealed record Options(
    string Step, string Configuration, bool Quick, string? Certificate = null, string? PasswordVariable = null,
    bool Older = false, bool AlsoOlder = false, bool Windows = false, string? Recipe = null, int Seeds = 5, bool Tune = false, bool Yes = false,
    IReadOnlyList<string>? Torture = null)
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
                "--tune" => options with { Tune = true },
                "--windows" => options with { Windows = true },
                "--debug" => options with { Configuration = "Debug" },
                "--quick" => options with { Quick = true },
                "-h" or "--help" => options with { Step = "help" },
                ['-', ..] => throw new BuildFailed($"There is no option {args[i]}; see --help.", 2),
                var name when options.Step == "learn" => options with { Recipe = name },
                var step => options with { Step = step },
            };
        }
        return options;

        string Value(ref int option) => option + 1 < args.Length ? args[++option] : throw new BuildFailed($"{args[option]} takes a value; see --help.", 2);

        static int Positive(string text) => int.TryParse(text, out var number) && number > 0
            ? number
            : throw new BuildFailed($"--seeds takes a number from 1 on, not '{text}'.", 2);

        Options Older(string name) => name == OlderProcessor.Name
            ? options
            : throw new BuildFailed($"This machine can be taken as {OlderProcessor.Name}, not as '{name}'.", 2);
    }
}

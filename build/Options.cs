namespace TinySora.Build;

/// <summary>The command line.</summary>
/// <param name="Certificate">A .pfx file, or the thumbprint of a certificate of this user; null: nothing is signed.</param>
/// <param name="PasswordVariable">The environment variable with the file's password.</param>
internal sealed record Options(
    string Step, string? Flavor, string Configuration, bool Quick, string? Certificate = null, string? PasswordVariable = null)
{
    internal static Options Parse(string[] args)
    {
        var options = new Options("build", null, "Release", false);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--flavor" when i + 1 < args.Length => options with { Flavor = args[++i] },
                "--certificate" when i + 1 < args.Length => options with { Certificate = args[++i] },
                "--password-env" when i + 1 < args.Length => options with { PasswordVariable = args[++i] },
                "--debug" => options with { Configuration = "Debug" },
                "--quick" => options with { Quick = true },
                "-h" or "--help" => options with { Step = "help" },
                ['-', ..] => throw new BuildFailed($"There is no option {args[i]}; see --help.", 2),
                var step => options with { Step = step },
            };
        }
        return options;
    }
}

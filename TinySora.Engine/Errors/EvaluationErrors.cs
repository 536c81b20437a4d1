namespace TinySora.Engine.Errors;

/// <summary>Errors in evaluating a model.</summary>
public static class EvaluationErrors
{
    public static TinySoraException NotAShapesPrompt(string prompt) => new(
        "TinySora.Evaluation.NotAShapesPrompt", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is not a sentence of the shapes world, the only world in which adherence can be checked exactly.",
        "Use a colour, a shape and a motion, as in 'a red circle moving right'.");

    public static TinySoraException NoShapes(string checkpoint) => new(
        "TinySora.Evaluation.NoShapes", ErrorKind.InvalidArgument, checkpoint,
        $"The autoencoder in '{checkpoint}' does not accept clips of the shapes world, which are square, with three channels and several frames.",
        "Evaluate an autoencoder trained on such clips, such as shapes-fsq.");

    public static TinySoraException ExpectationsUnreadable(string path, Exception cause) => new(
        "TinySora.Evaluation.ExpectationsUnreadable", ErrorKind.InvalidData, path,
        $"The expectations in '{path}' cannot be read: {cause.Message.TrimEnd('.')}.",
        "Use a CSV file whose first line holds the column names: Prompt, Seed, and expectations such as Colour, Moves or Reference and MinSsim.", cause);

    public static TinySoraException BadExpectations(string source, IReadOnlyList<string> problems) => new(
        "TinySora.Evaluation.BadExpectations", ErrorKind.InvalidData, source,
        $"No tests were run, since the expectations in '{source}' have errors:{Text.List(problems)}",
        "Correct them; Get-Help Test-TinySoraModel describes the columns.");

    public static TinySoraException NoExpectations(string source) => new(
        "TinySora.Evaluation.NoExpectations", ErrorKind.InvalidData, source,
        $"'{source}' has no rows, so there is nothing to test.",
        "Write a row for each clip: a prompt, a seed and the expectations.");

    public static TinySoraException TooFewPassed(string checkpoint, int passed, int rows, double least) => new(
        "TinySora.Evaluation.TooFewPassed", ErrorKind.InvalidResult, checkpoint,
        FormattableString.Invariant($"{passed} of {rows} rows passed with '{checkpoint}' ({(double)passed / rows:0.0 %}); -MinShare requires {least:0.0 %}."),
        "Failures of each result lists the failed expectations; Where-Object Passed -eq $false | Invoke-TinySoraGenerate generates those clips again.");
}

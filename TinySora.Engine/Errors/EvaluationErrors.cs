namespace TinySora.Engine.Errors;

/// <summary>Errors in evaluating a model.</summary>
public static class EvaluationErrors
{
    public static TinySoraException NotAShapesPrompt(string prompt) => new(
        "TinySora.Evaluation.NotAShapesPrompt", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is not a prompt from the shapes world. Adherence can be checked exactly only for prompts from this world.",
        "Describe a color, a shape and a motion, as in 'a red circle moving right'.");

    public static TinySoraException NotASpritePrompt(string prompt, string noun) => new(
        "TinySora.Evaluation.NotASpritePrompt", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is not a prompt from this sprite world. Adherence can be checked only for things that have a picture, in a motion or a relation.",
        $"Use a prompt such as '{noun} moving left', or specify the pictures that the model was trained on with -Source.");

    public static TinySoraException ParameterOfSprites(string parameter) => new(
        "TinySora.Evaluation.ParameterOfSprites", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} applies only to sprite worlds.",
        $"Add -World Sprites, or omit -{parameter}.");

    public static TinySoraException WordOfShapes() => new(
        "TinySora.Evaluation.WordOfShapes", ErrorKind.InvalidArgument, "Word",
        "-Word applies only to the shapes world.",
        "Omit -Word, or use -Prompt for prompts with certain words.");

    public static TinySoraException NoShapes(string checkpoint) => new(
        "TinySora.Evaluation.NoShapes", ErrorKind.InvalidArgument, checkpoint,
        $"The autoencoder in '{checkpoint}' does not accept clips from the shapes world, which are square and have three channels and several frames.",
        "Evaluate an autoencoder trained on such clips, such as shapes-fsq.");

    public static TinySoraException ExpectationsUnreadable(string path, Exception cause) => new(
        "TinySora.Evaluation.ExpectationsUnreadable", ErrorKind.InvalidData, path,
        $"The expectations in '{path}' cannot be read: {cause.Message.TrimEnd('.')}.",
        "Use a CSV file whose first line contains the column names: Prompt, Seed, and expectations such as Color, Moves, or Reference with MinSsim.", cause);

    public static TinySoraException BadExpectations(string source, IReadOnlyList<string> problems) => new(
        "TinySora.Evaluation.BadExpectations", ErrorKind.InvalidData, source,
        $"No tests were run, because the expectations in '{source}' have errors:{Text.List(problems)}",
        "Correct the errors. Get-Help Test-TinySoraModel describes the columns.");

    public static TinySoraException NoExpectations(string source) => new(
        "TinySora.Evaluation.NoExpectations", ErrorKind.InvalidData, source,
        $"'{source}' has no rows, so there is nothing to test.",
        "Add a row for each clip, with a prompt, a seed and expectations.");

    public static TinySoraException TooFewPassed(string checkpoint, int passed, int rows, double least) => new(
        "TinySora.Evaluation.TooFewPassed", ErrorKind.InvalidResult, checkpoint,
        FormattableString.Invariant($"Rows passed with '{checkpoint}': {passed} of {rows} ({(double)passed / rows:0.0 %}); -MinShare requires {least:0.0 %}."),
        "The Failures property of each result lists the failed expectations. To generate the failed clips again, pipe the results to "
            + "Where-Object Passed -eq $false | Invoke-TinySoraGenerate.");
}

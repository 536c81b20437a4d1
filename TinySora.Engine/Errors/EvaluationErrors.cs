namespace TinySora.Engine.Errors;

/// <summary>Failures of measuring a model.</summary>
public static class EvaluationErrors
{
    public static TinySoraException NotAShapesPrompt(string prompt) => new(
        "TinySora.Evaluation.NotAShapesPrompt", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is no sentence of the shapes world, the only one in which a clip can be judged exactly.",
        "Ask for a colour, a shape and a motion, as in 'a red circle moving right'.");

    public static TinySoraException NoShapes(string checkpoint) => new(
        "TinySora.Evaluation.NoShapes", ErrorKind.InvalidArgument, checkpoint,
        $"The autoencoder in '{checkpoint}' does not take clips of the shapes world, which are square and have three colours and several frames.",
        "Measure one that was trained on such clips, as shapes-fsq.");

    public static TinySoraException ExpectationsUnreadable(string path, Exception cause) => new(
        "TinySora.Evaluation.ExpectationsUnreadable", ErrorKind.InvalidData, path,
        $"The expectations in '{path}' cannot be read: {cause.Message.TrimEnd('.')}.",
        "Name a CSV file whose first line names the columns: Prompt, Seed, and what is expected, such as Colour, Moves or Reference and MinSsim.", cause);

    public static TinySoraException BadExpectations(string source, IReadOnlyList<string> problems) => new(
        "TinySora.Evaluation.BadExpectations", ErrorKind.InvalidData, source,
        $"Nothing was tested, since the expectations in '{source}' cannot all be:{Text.List(problems)}",
        "Correct them; docs/performance.md says what each column takes.");

    public static TinySoraException NoExpectations(string source) => new(
        "TinySora.Evaluation.NoExpectations", ErrorKind.InvalidData, source,
        $"There is no row in '{source}', so nothing can be tested.",
        "Write a row for each clip: a prompt, a seed, and what is expected of it.");

    public static TinySoraException TooFewPassed(string checkpoint, int passed, int rows, double least) => new(
        "TinySora.Evaluation.TooFewPassed", ErrorKind.InvalidResult, checkpoint,
        FormattableString.Invariant($"{passed} of {rows} rows passed with '{checkpoint}', {(double)passed / rows:0.0 %}; -MinShare asks for {least:0.0 %}."),
        "Failures of each result says what is not as expected; Where-Object Passed -eq $false | Invoke-TinySoraGenerate makes those clips again.");
}

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
}

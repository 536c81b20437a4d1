namespace TinySora.Engine.Errors;

/// <summary>Failures of measuring a model.</summary>
public static class EvaluationErrors
{
    public static TinySoraException NotAShapesPrompt(string prompt) => new(
        "TinySora.Evaluation.NotAShapesPrompt", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is no sentence of the shapes world, the only one in which a clip can be judged exactly.",
        "Ask for a colour, a shape and a motion, as in 'a red circle moving right'.");
}

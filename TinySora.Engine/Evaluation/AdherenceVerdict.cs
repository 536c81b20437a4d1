using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation;

/// <summary>What was asked for and what a generated clip of the shapes world shows.</summary>
/// <param name="HeldOut">Training never sees this combination.</param>
/// <param name="Colour">As seen in the pixels; null where they do not tell. Likewise shape and motion.</param>
/// <param name="OneConnectedObject">Every frame shows exactly one object in one piece.</param>
public sealed record AdherenceVerdict(
    string Prompt, long Seed, bool HeldOut, string? Colour, string? Shape, string? Motion,
    bool ColourObeyed, bool ShapeObeyed, bool MotionObeyed, bool OneConnectedObject)
{
    /// <summary>Short name of the model that made the clip, see <see cref="ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    public bool Obeyed => ColourObeyed && ShapeObeyed && MotionObeyed;

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Prompt}: {(Obeyed ? "obeyed" : "not obeyed")}";
}

/// <summary>The share of clips that obey in one respect.</summary>
/// <param name="Share">From 0 to 1.</param>
/// <param name="Tflop">
/// The arithmetic of the model's training in TFLOP (10^12 operations), its autoencoder's included; null: its checkpoint does not tell.
/// </param>
public sealed record AdherenceShare(string Aspect, int Obeyed, int Clips, double Share, double? Tflop)
{
    /// <summary>Short name of the model that made the clips, see <see cref="ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Aspect}: {Obeyed} of {Clips}");
}

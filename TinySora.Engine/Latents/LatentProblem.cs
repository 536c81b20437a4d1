using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Latents;

/// <summary>One thing about the latents of an autoencoder that makes them hard to learn, or a waste.</summary>
/// <param name="Checkpoint">The autoencoder's file.</param>
/// <param name="Channel">From 0; null: it concerns all.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Reason">What was found.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record LatentProblem(string Checkpoint, LatentProblemKind Problem, int? Channel, double Value, string Reason, string Fix)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => Reason;
}

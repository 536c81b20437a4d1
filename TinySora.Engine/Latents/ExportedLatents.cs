using TinySora.Engine.Data;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Latents;

/// <summary>A file of latents that was written, or was there already.</summary>
/// <param name="Kind">What is in it.</param>
/// <param name="Clips">How many it stands for.</param>
/// <param name="Shape">Of the array, in words: (N, C, t, h, w).</param>
/// <param name="ModelId">The autoencoder, as the name of the file has it or would have it.</param>
/// <param name="Checkpoint">Its file.</param>
/// <param name="Skipped">Clips that are not in it, and why.</param>
public sealed record ExportedLatents(
    string Path, LatentKind Kind, int Clips, string Shape, string ModelId, string Checkpoint, TextList<SkippedClip> Skipped)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

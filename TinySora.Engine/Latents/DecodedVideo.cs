using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Latents;

/// <summary>A video that was made of latents or tokens.</summary>
/// <param name="LatentPath">The file or folder that they are in.</param>
/// <param name="Index">Which of its clips, from 0.</param>
/// <param name="Checkpoint">The autoencoder's file.</param>
public sealed record DecodedVideo(string Path, string LatentPath, int Index, int Frames, int Height, int Width, string Checkpoint)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

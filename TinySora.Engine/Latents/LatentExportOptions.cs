using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Latents;

/// <summary>A file format for exchanging latents with other programs.</summary>
public enum LatentFormat
{
    /// <summary>One NumPy file for all clips, as in minisora.</summary>
    Npy,

    /// <summary>One safetensors file per video with the means and log-variances of all frames, like the pickle files from the Latte tutorial.</summary>
    PerVideo,
}

/// <summary>Options for encoding clips: which clips to encode, and in which form to write their latents.</summary>
public sealed record LatentExportOptions
{
    /// <summary>Folder of clips; for a split dataset, its train folder is used.</summary>
    public required string DataPath { get; init; }

    /// <summary>Folder to write the files to.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Selects the videos to write latent files for; <c>null</c> for all.</summary>
    public VideoFilter? Videos { get; init; }

    public LatentFormat Format { get; init; }

    /// <summary>Whether to write tokens instead of latents.</summary>
    public bool Tokens { get; init; }

    /// <summary>Seed for drawing latents from the posterior; <c>null</c> to write the means.</summary>
    public long? SampleSeed { get; init; }

    /// <summary>Number of frames per clip; <c>null</c> for the number that the autoencoder was trained on, see <see cref="CodecModel.ShapeOf"/>.</summary>
    public int? Frames { get; init; }

    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>
    /// Method of scaling clips to their size, see <see cref="ClipShape.CropsSquare"/>; <c>null</c> for the method used in training the autoencoder.
    /// </summary>
    public bool? CropsSquare { get; init; }

    /// <summary>Model ID in the name of the .npy file; <c>null</c> to use the hash.</summary>
    public string? ModelId { get; init; }

    /// <summary>Whether existing files may be overwritten.</summary>
    public bool Force { get; init; }
}

/// <summary>A latent file that was written or already existed.</summary>
/// <param name="Kind">Kind of the file's content.</param>
/// <param name="Clips">Number of clips in the file.</param>
/// <param name="Shape">Shape of the array as text, such as (N, C, t, h, w).</param>
/// <param name="ModelId">The autoencoder's ID that the file name contains, or would contain.</param>
/// <param name="Checkpoint">Path of the autoencoder's checkpoint.</param>
/// <param name="Skipped">Clips that are missing from the file, and the reason for each.</param>
public sealed record ExportedLatents(
    string Path, LatentKind Kind, int Clips, string Shape, string ModelId, string Checkpoint, TextList<SkippedClip> Skipped)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>Returns the path, so that the object can be passed to commands that read files.</summary>
    public override string ToString() => Path;
}

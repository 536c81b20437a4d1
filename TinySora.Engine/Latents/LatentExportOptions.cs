using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Latents;

/// <summary>A form in which latents are exchanged with other programs.</summary>
public enum LatentFormat
{
    /// <summary>One NumPy file for all clips, as minisora's.</summary>
    Npy,

    /// <summary>A safetensors file for each video with means and logarithms of variances of all its frames, as the Latte tutorial's pickles.</summary>
    PerVideo,
}

/// <summary>The clips that are encoded, and the form of their latents.</summary>
public sealed record LatentExportOptions
{
    /// <summary>A folder of clips; of one in splits, its train is taken.</summary>
    public required string DataPath { get; init; }

    /// <summary>The folder that gets the files.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The clips of the folder that each get a file of latents; null: all.</summary>
    public FilmChoice? Films { get; init; }

    public LatentFormat Format { get; init; }

    /// <summary>Whether tokens are written in place of latents.</summary>
    public bool Tokens { get; init; }

    /// <summary>Latents are drawn from the posterior, with this seed; null: its means are taken.</summary>
    public long? SampleSeed { get; init; }

    /// <summary>Frames of a clip; null: as the autoencoder was trained, see <see cref="CodecModel.ShapeOf"/>.</summary>
    public int? Frames { get; init; }

    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>How clips are brought to their size, see <see cref="ClipShape.CropsSquare"/>; null: as the autoencoder's own were.</summary>
    public bool? CropsSquare { get; init; }

    /// <summary>How the .npy file names the model; null: by its hash.</summary>
    public string? ModelId { get; init; }

    /// <summary>Whether existing files may be overwritten.</summary>
    public bool Force { get; init; }
}

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

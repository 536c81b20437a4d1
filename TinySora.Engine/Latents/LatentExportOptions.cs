using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Latents;

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

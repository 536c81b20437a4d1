namespace TinySora.Engine.Configuration;

/// <summary>What a configuration says of the videos that are made once its model is trained; null: nothing.</summary>
/// <param name="Checkpoint">The folder of the run.</param>
public sealed record ConfiguredVideos(string Checkpoint)
{
    /// <summary>Folder.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Of the files, which are numbered from 0, also a single one.</summary>
    public string? Name { get; init; }

    /// <summary>Of films of what is denoised, with * for the steps that are left.</summary>
    public string? NoiseFilms { get; init; }

    /// <summary>The ending of the files.</summary>
    public string? Format { get; init; }

    public double? FramesPerSecond { get; init; }

    public int? Count { get; init; }

    /// <summary>Of the first.</summary>
    public long? Seed { get; init; }

    /// <summary>The name of so many.</summary>
    public string? NameOf(int count) => Name is not null && count == 1 ? $"{Name}_0" : Name;
}

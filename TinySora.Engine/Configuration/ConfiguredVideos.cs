namespace TinySora.Engine.Configuration;

/// <summary>What a configuration says of the videos that are made once its model is trained; null: nothing.</summary>
/// <param name="Checkpoint">The folder of the run.</param>
public sealed record ConfiguredVideos(string Checkpoint)
{
    /// <summary>The folder that gets the videos.</summary>
    public string? OutputPath { get; init; }

    /// <summary>The name of the files, to which a number from 0 is added, even to a single one.</summary>
    public string? Name { get; init; }

    /// <summary>The path of films that show the noised clips, with * for the number of steps that are left.</summary>
    public string? NoiseFilms { get; init; }

    /// <summary>The ending of the files.</summary>
    public string? Format { get; init; }

    public double? FramesPerSecond { get; init; }

    public int? Count { get; init; }

    /// <summary>The seed of the first video.</summary>
    public long? Seed { get; init; }

    /// <summary>The name of the files of <paramref name="count"/> videos.</summary>
    public string? NameOf(int count) => Name is not null && count == 1 ? $"{Name}_0" : Name;
}

using TinySora.Engine.Families;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>One prompt and how to turn it into videos.</summary>
public sealed record GenerationRequest
{
    /// <summary>Path of the checkpoint, or of a folder with some.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>The set of the checkpoint's weights to sample with.</summary>
    public CheckpointWeights Weights { get; init; }

    /// <summary>Hash of the model that a recipe was made with; <c>null</c>: any model.</summary>
    public string? ModelHash { get; init; }

    /// <summary>Needed by a model that takes text, except where clips are given.</summary>
    public string? Prompt { get; init; }

    /// <summary>What the video shall not show; needs guidance.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>A clip to begin with, or two to go between; null: from noise alone.</summary>
    public StartClips? Start { get; init; }

    /// <summary>Needed by a model that is conditioned on vectors (cond_dim): as many finite numbers as that says.</summary>
    public float[]? Condition { get; init; }

    /// <summary>A folder, created if absent, or a file ending in .gif, .png or .mp4.</summary>
    public required string OutputPath { get; init; }

    /// <summary>File name, where <see cref="OutputPath"/> is a folder; null: made of the prompt's words.</summary>
    public string? OutputName { get; init; }

    /// <summary>The number of the prompt's first words that name a video, in ASCII, as in the original; null: all words name it.</summary>
    public int? NameWords { get; init; }

    /// <summary>Seed of the first video, the following ones count up; null: drawn, and reported.</summary>
    public long? Seed { get; init; }

    /// <summary>Videos to make; they are sampled together, up to 16 at a time, and with those of other requests, see <see cref="RequestBatcher"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// Sample one clip at a time. A clip made in a batch differs from the same clip made alone in the last bits; an exact one
    /// does not.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>
    /// The length of a batch and a video's place in it, to repeat that video: as many are sampled again, and only the one that is asked for is
    /// written. Null: in any batch.
    /// </summary>
    public (int Length, int Index)? Batch { get; init; }

    /// <summary>The batch and place to repeat, as far as they count: several videos, and exact ones, are new videos and no repetition.</summary>
    internal (int Length, int Index)? Place => Count > 1 || Exact ? null : Batch;

    /// <summary>
    /// The number of threads that a recipe was sampled with, see <see cref="SamplingConditions.Threads"/>; null: that of this process.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>How to sample, by the names that the model's <see cref="SettingSchema"/> has; what is not named the model decides.</summary>
    public IReadOnlyDictionary<string, object> Settings { get; init; } = new Dictionary<string, object>();

    /// <summary>After every so many steps, what the videos are guessed to be is drawn into a picture beside each; null: into none.</summary>
    public int? GuessEvery { get; init; }

    /// <summary>
    /// The name of films of the noised clips in place of the picture, with * for the steps that are left, and 0 for the video; several videos
    /// are numbered each by itself. Null: the picture.
    /// </summary>
    public string? NoiseFilms { get; init; }

    /// <summary>Overwrite existing files, also those that are what is asked for.</summary>
    public bool Force { get; init; }

    /// <summary>gif, png (the frames side by side) or mp4; the ending of a file in <see cref="OutputPath"/> wins.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>The video in words, for questions and progress.</summary>
    public string Description => (string.IsNullOrEmpty(Prompt) ? "a video without a prompt" : $"'{Prompt}'")
        + (NegativePrompt is null ? "" : $" without '{NegativePrompt}'");
}

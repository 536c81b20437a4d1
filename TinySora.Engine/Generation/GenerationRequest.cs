using TinySora.Engine.Families;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>A prompt with the settings for generating videos from it.</summary>
public sealed record GenerationRequest
{
    /// <summary>Path of a checkpoint, or of a folder of checkpoints.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>Set of weights in the checkpoint that is used for sampling.</summary>
    public CheckpointWeights Weights { get; init; }

    /// <summary>Adapters to use with the checkpoint.</summary>
    public IReadOnlyList<AppliedAdapter> Adapters { get; init; } = [];

    /// <summary>Hash of the model that a recipe requires; <c>null</c> to accept any model.</summary>
    public string? ModelHash { get; init; }

    /// <summary>The prompt. Text-conditioned models require a prompt, unless start clips are given.</summary>
    public string? Prompt { get; init; }

    /// <summary>Prompt for content that the video should not show; requires guidance.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>A clip to start from, or two to interpolate between; <c>null</c> to start from noise.</summary>
    public StartClips? Start { get; init; }

    /// <summary>Condition vector with finite values. Models with <c>cond_dim</c> require a vector of this length.</summary>
    public float[]? Condition { get; init; }

    /// <summary>Path of a folder, which is created if needed, or of a file that ends in .gif, .png or .mp4.</summary>
    public required string OutputPath { get; init; }

    /// <summary>File name if <see cref="OutputPath"/> is a folder; <c>null</c> to derive it from the prompt.</summary>
    public string? OutputName { get; init; }

    /// <summary>Number of prompt words in the file name, which are converted to ASCII as in the original project; <c>null</c> to use all words.</summary>
    public int? NameWords { get; init; }

    /// <summary>Seed of the first video, incremented by 1 for each additional video; <c>null</c> to draw a seed, which is stored in the recipe.</summary>
    public long? Seed { get; init; }

    /// <summary>Number of videos. Up to 16 videos are sampled together, even videos of different requests; see <see cref="RequestBatcher"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether to sample one clip at a time. Because of rounding, a clip sampled in a batch may differ slightly from one sampled alone.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// Size of a batch, and index of a video in it, to repeat this video exactly. The whole batch is sampled, but only this video is written. <c>null</c> to
    /// sample the video in any batch.
    /// </summary>
    public (int Length, int Index)? Batch { get; init; }

    /// <summary>Batch size and index to repeat; <c>null</c> if several videos or exact sampling are requested, because these are new videos.</summary>
    internal (int Length, int Index)? Place => Count > 1 || Exact ? null : Batch;

    /// <summary>Number of threads that a recipe specifies; see <see cref="SamplingConditions.Threads"/>. <c>null</c> to use this process's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Sampling settings by their names in the model's <see cref="SettingSchema"/>. Settings that are missing have the model's defaults.</summary>
    public IReadOnlyDictionary<string, object> Settings { get; init; } = new Dictionary<string, object>();

    /// <summary>Interval in steps between the predictions that are drawn into an image next to each video; <c>null</c> for no image.</summary>
    public int? GuessEvery { get; init; }

    /// <summary>
    /// File name for videos that show the noisy clips, which are written instead of the image of predictions. * stands for the number of remaining steps (0 for
    /// the finished video). If there are several clips, their numbers are appended. <c>null</c> to draw the image.
    /// </summary>
    public string? NoisyVideoPattern { get; init; }

    /// <summary>Whether to overwrite existing files, even if they match the request.</summary>
    public bool Force { get; init; }

    /// <summary>Format of the video: gif, png (frames side by side) or mp4. If <see cref="OutputPath"/> is a file, its extension takes precedence.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Description of the video, for confirmation prompts and progress.</summary>
    public string Description => (string.IsNullOrEmpty(Prompt) ? "a video without a prompt" : $"'{Prompt}'")
        + (NegativePrompt is null ? "" : $" without '{NegativePrompt}'");
}

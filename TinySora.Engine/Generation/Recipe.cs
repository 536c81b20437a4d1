using System.Text.Json.Serialization;
using TinySora.Engine.Interop;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>
/// Everything that decides what a video looks like. The same recipe and model make it again, bit for bit, under the same
/// <see cref="SamplingConditions"/>, of which the threads are taken from the recipe. It travels
/// inside every generated file, see <see cref="RecipeText"/>, and holds nothing that changes from one run to the next.
/// </summary>
public record Recipe
{
    /// <summary>The version that this build writes and the newest that it reads.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyName(RecipeText.VersionKey)]
    [JsonPropertyOrder(-1)]
    public int RecipeVersion { get; init; } = CurrentVersion;

    /// <summary>Of the weights and settings that the video was sampled with, see <see cref="Models.ModelHash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The checkpoint's file; inside a video its name alone, because folders are private.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The checkpoint's training steps.</summary>
    public required int Step { get; init; }

    /// <summary>Of the checkpoint's weights those of <see cref="CheckpointWeights"/>; null: the averaged ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Null: without text.</summary>
    public string? Prompt { get; init; }

    /// <summary>What guidance goes away from; null: from the video without text.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>The vector that took the place of a prompt; null: none.</summary>
    public TextList<float>? Condition { get; init; }

    public required long Seed { get; init; }

    /// <summary>Null in a model that has none, as are <see cref="Steps"/> and <see cref="GuidanceScale"/>.</summary>
    public string? Sampler { get; init; }

    public int? Steps { get; init; }

    /// <summary>New noise in each step of ddim; null for other samplers.</summary>
    public double? Eta { get; init; }

    public double? GuidanceScale { get; init; }

    /// <summary>By name what else the model was told; null: nothing.</summary>
    public TextTable<object>? Settings { get; init; }

    /// <summary>The clip that the video began with, or the first of two to go between; inside a video its file's name alone. Null: noise alone.</summary>
    public string? From { get; init; }

    /// <summary>Of its content as the model saw it, see <see cref="StartClips"/>.</summary>
    public string? FromHash { get; init; }

    public string? To { get; init; }

    public string? ToHash { get; init; }

    /// <summary>See <see cref="Diffusion.Interpolation.Mix"/>.</summary>
    public double? Mix { get; init; }

    /// <summary>See <see cref="Diffusion.GivenStart.Noise"/>.</summary>
    public double? Noise { get; init; }

    /// <summary>
    /// Clips that were sampled together with this one, itself included: the last bits of a sum depend on the size of the batch.
    /// Their steps, sampler and the like were the same; prompts and seeds may be others.
    /// </summary>
    public int BatchLength { get; init; } = 1;

    /// <summary>Its place among them, from 0.</summary>
    public int BatchIndex { get; init; }

    public required string TinySoraVersion { get; init; }

    /// <summary>What tensors came from, in files of the time when there was a choice.</summary>
    [JsonInclude]
    internal string? TorchFlavor { get; init; }

    public required string LibTorchVersion { get; init; }

    /// <summary>cpu or cuda.</summary>
    public required string DeviceType { get; init; }

    /// <summary>What linear layers and convolutions computed in: float32 or bfloat16.</summary>
    public required string Precision { get; init; }

    /// <summary>Threads that it was sampled with; null: on a GPU, or in a file of before this was kept.</summary>
    public int? Threads { get; init; }

    /// <summary>See <see cref="SamplingConditions.Processor"/>; null as <see cref="Threads"/>.</summary>
    public string? Processor { get; init; }

    /// <summary>The recipe with the settings of a plan: those that every reader knows by their names, the others together.</summary>
    internal Recipe With(IReadOnlyDictionary<string, object> settings)
    {
        var rest = new TextTable<object>(settings.Where(
            setting => setting.Key is not (nameof(Sampler) or nameof(Steps) or nameof(Eta) or nameof(GuidanceScale))));
        return this with
        {
            Sampler = settings.GetValueOrDefault(nameof(Sampler)) as string,
            Steps = settings.GetValueOrDefault(nameof(Steps)) as int?,
            Eta = settings.GetValueOrDefault(nameof(Eta)) as double?,
            GuidanceScale = settings.GetValueOrDefault(nameof(GuidanceScale)) as double?,
            Settings = rest.Count == 0 ? null : rest,
        };
    }

    /// <summary>
    /// Whether two recipes ask for the same video. Where a model's file lies, in which batch a clip was sampled, and on what, changes no
    /// more than the rounding.
    /// </summary>
    internal bool MakesTheSameAs(Recipe? other)
    {
        return other is not null && Essence(this) == Essence(other);

        static string Essence(Recipe recipe) => RecipeText.Write(recipe with
        {
            Checkpoint = "", Step = 0, Weights = null, From = null, To = null, BatchLength = 1, BatchIndex = 0,
            TinySoraVersion = "", TorchFlavor = null, LibTorchVersion = "", DeviceType = "", Precision = "", Threads = null, Processor = null,
        });
    }
}

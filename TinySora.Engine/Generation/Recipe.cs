using System.Text.Json.Serialization;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
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

    /// <summary>The hash of the weights and settings that the video was sampled with, see <see cref="Models.ModelHash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The checkpoint's file; inside a video its name alone, because folders are private.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Short name of the model, see <see cref="ModelName"/>.</summary>
    [JsonIgnore]
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The checkpoint's training steps.</summary>
    public required int Step { get; init; }

    /// <summary>The set of the checkpoint's weights, of <see cref="CheckpointWeights"/>; null: the averaged ones.</summary>
    public string? Weights { get; init; }

    /// <summary>The prompt; null: the video was made without text.</summary>
    public string? Prompt { get; init; }

    /// <summary>What guidance goes away from; null: from the video without text.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>The vector that took the place of a prompt; null: none.</summary>
    public TextList<float>? Condition { get; init; }

    public required long Seed { get; init; }

    /// <summary>The sampler; null in a model that has none, as are <see cref="Steps"/> and <see cref="GuidanceScale"/>.</summary>
    public string? Sampler { get; init; }

    public int? Steps { get; init; }

    /// <summary>New noise in each step of ddim; null for other samplers.</summary>
    public double? Eta { get; init; }

    public double? GuidanceScale { get; init; }

    /// <summary>Further settings of the model by name; null: none.</summary>
    public TextTable<object>? Settings { get; init; }

    /// <summary>The clip that the video began with, or the first of two to go between; inside a video its file's name alone. Null: noise alone.</summary>
    public string? From { get; init; }

    /// <summary>The hash of the clip's content as the model saw it, see <see cref="StartClips"/>.</summary>
    public string? FromHash { get; init; }

    public string? To { get; init; }

    public string? ToHash { get; init; }

    /// <inheritdoc cref="Interpolation.Mix"/>
    public double? Mix { get; init; }

    /// <inheritdoc cref="GivenStart.Noise"/>
    public double? Noise { get; init; }

    /// <summary>
    /// Clips that were sampled together with this one, itself included: the last bits of a sum depend on the size of the batch.
    /// Their steps, sampler and the like were the same; prompts and seeds may be others.
    /// </summary>
    public int BatchLength { get; init; } = 1;

    /// <summary>The video's place in the batch, from 0.</summary>
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

    /// <summary>The processor's class, see <see cref="SamplingConditions.Processor"/>; null where <see cref="Threads"/> is.</summary>
    public string? Processor { get; init; }

    /// <summary>The recipe of a request's videos; seed and place in a batch are left open.</summary>
    /// <exception cref="TinySoraException">PromptTooLong.</exception>
    internal static Recipe Of(VideoGenerator generator, GenerationRequest request, SamplingPlan plan)
    {
        var conditions = generator.Conditions.With(request.Threads);
        var given = plan.Start as GivenStart;
        var between = given as Interpolation;
        var rest = new TextTable<object>(plan.Settings.Where(
            setting => setting.Key is not (Setting.Sampler or Setting.Steps or Setting.Eta or Setting.GuidanceScale)));
        var recipe = new Recipe
        {
            ModelHash = generator.ModelHash,
            Checkpoint = generator.Checkpoint.Path,
            Step = generator.Checkpoint.Step,
            Weights = generator.Weights == CheckpointWeights.Averaged ? null : $"{generator.Weights}",
            Prompt = Given(request.Prompt),
            NegativePrompt = Given(request.NegativePrompt),
            Condition = request.Condition is { } vector ? [.. vector] : null,
            Seed = 0,
            Sampler = plan.Settings.GetValueOrDefault(Setting.Sampler) as string,
            Steps = plan.Settings.GetValueOrDefault(Setting.Steps) as int?,
            Eta = plan.Settings.GetValueOrDefault(Setting.Eta) as double?,
            GuidanceScale = plan.Settings.GetValueOrDefault(Setting.GuidanceScale) as double?,
            Settings = rest.Count == 0 ? null : rest,
            From = request.Start?.From,
            FromHash = given is null ? null : StartClips.Hash(given.From, generator.Video.Shape),
            To = request.Start?.To,
            ToHash = between is null ? null : StartClips.Hash(between.To, generator.Video.Shape),
            Mix = between?.Mix,
            Noise = given?.Noise,
            TinySoraVersion = typeof(Recipe).Assembly.GetName().Version!.ToString(3),
            LibTorchVersion = conditions.LibTorchVersion!,
            DeviceType = conditions.DeviceType!,
            Precision = conditions.Precision!,
            Threads = conditions.Threads,
            Processor = conditions.Processor,
        };
        return RecipeText.Write(recipe with { Seed = long.MaxValue }).Length <= RecipeText.LongestText
            ? recipe
            : throw GenerationErrors.PromptTooLong(RecipeText.LongestText);

        static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : RecipeText.Plain(text);
    }

    /// <summary>
    /// Whether two recipes ask for the same video. Where a model's file lies, in which batch a clip was sampled, and on what, changes no
    /// more than the rounding.
    /// </summary>
    internal bool MakesTheSameAs(Recipe? other) => Essence() == other?.Essence();

    /// <summary>What of a recipe decides more than the rounding, whatever record it is part of.</summary>
    private Recipe Essence() => new(this)
    {
        Checkpoint = "", Step = 0, Weights = null, From = null, To = null, BatchLength = 1, BatchIndex = 0,
        TinySoraVersion = "", TorchFlavor = null, LibTorchVersion = "", DeviceType = "", Precision = "", Threads = null, Processor = null,
    };
}

using System.Text.Json.Serialization;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>
/// All settings that determine a video. The same recipe and model reproduce the video bit for bit under the same <see cref="SamplingConditions"/>; the number
/// of threads is taken from the recipe. Every generated file contains its recipe (see <see cref="RecipeText"/>), which is the same each time that the video
/// is generated.
/// </summary>
public record Recipe
{
    /// <summary>Version of the recipe format that this version of TinySora writes, which is also the newest version that it can read.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyName(RecipeText.VersionKey)]
    [JsonPropertyOrder(-1)]
    public int RecipeVersion { get; init; } = CurrentVersion;

    /// <summary>Hash of the model that sampled the video; see <see cref="Models.ModelHash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Path of the checkpoint. Recipes in videos contain only its file name, because names of folders are private.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Short name of the model; see <see cref="ModelName"/>.</summary>
    [JsonIgnore]
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>Names of the adapters that were used with the checkpoint, such as cat or cat=0.8; <c>null</c> if there were none.</summary>
    public TextList<string>? Adapter { get; init; }

    /// <summary>Training step of the checkpoint.</summary>
    public required int Step { get; init; }

    /// <summary>Set of weights in the checkpoint, as a name of <see cref="CheckpointWeights"/>; <c>null</c> for the averaged weights.</summary>
    public string? Weights { get; init; }

    /// <summary>The prompt; <c>null</c> if the video was generated without text.</summary>
    public string? Prompt { get; init; }

    /// <summary>The prompt that guidance moves away from; <c>null</c> for the prediction without text.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Condition vector, which replaces the prompt; <c>null</c> if the model does not accept one.</summary>
    public TextList<float>? Condition { get; init; }

    public required long Seed { get; init; }

    /// <summary>Name of the sampler. Like <see cref="Steps"/> and <see cref="GuidanceScale"/>, it is <c>null</c> for models without samplers.</summary>
    public string? Sampler { get; init; }

    public int? Steps { get; init; }

    /// <summary>Amount of new noise in each DDIM step (eta); <c>null</c> for other samplers.</summary>
    public double? Eta { get; init; }

    public double? GuidanceScale { get; init; }

    /// <summary>Other settings of the model by name; <c>null</c> if there are none.</summary>
    public TextTable<object>? Settings { get; init; }

    /// <summary>
    /// Path of the start clip, or of the first of two clips to interpolate between. Recipes in videos contain only its file name. <c>null</c> if sampling
    /// starts from noise.
    /// </summary>
    public string? From { get; init; }

    /// <summary>Hash of the start clip's content, as it is passed to the model; see <see cref="StartClips"/>.</summary>
    public string? FromHash { get; init; }

    public string? To { get; init; }

    public string? ToHash { get; init; }

    /// <inheritdoc cref="Interpolation.Mix"/>
    public double? Mix { get; init; }

    /// <inheritdoc cref="SourceClipStart.Noise"/>
    public double? Noise { get; init; }

    /// <summary>
    /// Number of clips in the batch, including this one. It is recorded because the batch size affects rounding. All clips in a batch have
    /// the same steps, sampler and similar settings, but may have different prompts and seeds.
    /// </summary>
    public int BatchLength { get; init; } = 1;

    /// <summary>Index of the video in the batch, from 0.</summary>
    public int BatchIndex { get; init; }

    public required string TinySoraVersion { get; init; }

    /// <summary>Variant of the tensor library. Only files from older versions, which supported several variants, record it.</summary>
    [JsonInclude]
    internal string? TorchFlavor { get; init; }

    public required string LibTorchVersion { get; init; }

    /// <summary>Device type, cpu or cuda.</summary>
    public required string DeviceType { get; init; }

    /// <summary>Number format of linear layers and convolutions: float32 or bfloat16.</summary>
    public required string Precision { get; init; }

    /// <summary>Number of sampling threads; <c>null</c> on a GPU, and in older files that do not contain the number.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Instruction set class of the processor, see <see cref="SamplingConditions.Processor"/>; <c>null</c> if <see cref="Threads"/> is <c>null</c>.
    /// </summary>
    public string? Processor { get; init; }

    /// <summary>Creates the recipe for the videos of a request. Seed and batch position are not set yet.</summary>
    /// <exception cref="TinySoraException">PromptTooLong.</exception>
    internal static Recipe Of(VideoGenerator generator, GenerationRequest request, SamplingPlan plan)
    {
        var conditions = generator.Conditions.With(request.Threads);
        var given = plan.Start as SourceClipStart;
        var between = given as Interpolation;
        var rest = new TextTable<object>(plan.Settings.Where(
            setting => setting.Key is not (Setting.Sampler or Setting.Steps or Setting.Eta or Setting.GuidanceScale)));
        var recipe = new Recipe
        {
            ModelHash = generator.ModelHash,
            Checkpoint = generator.Checkpoint.Path,
            Adapter = generator.Adapters,
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
    /// Returns whether two recipes describe the same video. The path of the checkpoint is ignored, as are the batch and the sampling conditions, which affect
    /// only rounding.
    /// </summary>
    internal bool MakesTheSameAs(Recipe? other) => Essence() == other?.Essence();

    /// <summary>Returns the part of a recipe that affects more than rounding.</summary>
    private Recipe Essence() => new(this)
    {
        Checkpoint = "", Adapter = null, Step = 0, Weights = null, From = null, To = null, BatchLength = 1, BatchIndex = 0,
        TinySoraVersion = "", TorchFlavor = null, LibTorchVersion = "", DeviceType = "", Precision = "", Threads = null, Processor = null,
    };
}

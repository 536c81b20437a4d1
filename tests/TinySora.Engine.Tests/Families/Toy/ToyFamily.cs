using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.Toy;

/// <summary>
/// A family that learns the mean of numbers in text files, with a second network that learns the error of the first, and makes grey
/// videos from it. The engine knows it only through this file and the line that registers it.
/// </summary>
internal sealed class ToyFamily : Family<ToyConfig, NumberBatch>
{
    public const string FamilyName = "toy";

    [ModuleInitializer]
    internal static void Register() => ModelFamilies.Add(new ToyFamily());

    protected override SettingSchema Settings(RunConfig<ToyConfig> config) =>
        new([new Setting("Brightness", SettingKind.Number, "What the grey is multiplied by.")]);

    protected override IExamples<NumberBatch> Open(
        RunConfig<ToyConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) => Numbers.In(folder);

    protected override int Count(RunConfig<ToyConfig> config, string folder) => Directory.GetFiles(folder, "*.txt").Length;

    protected override (ToyConfig Config, IExamples<NumberBatch> Examples) CreateSynthetic(RunConfig<ToyConfig> config, string? folder) =>
        (config.Family, new Numbers([0.25f, 0.5f, 0.75f]));

    protected override TrainingTask<NumberBatch> Create(RunConfig<ToyConfig> config, IExamples<NumberBatch> data, Device device) => new ToyTask(config.Family);

    protected override TrainingTask<NumberBatch> Restore(
        RunConfig<ToyConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<NumberBatch>? more) => new ToyTask(config.Family);
}

internal sealed record ToyConfig : FamilyConfig
{
    [NotAKey]
    public override string Name => ToyFamily.FamilyName;

    public ShapeConfig Shape { get; init; } = new();

    public override void Check(RunConfig config, ConfigRules rules) =>
        rules.Require(Shape.Frames is >= 1 and <= 8, "shape.frames", "1 to 8");

    public sealed record ShapeConfig
    {
        [Description("Frames of a video.")]
        public int Frames { get; init; } = 2;
    }
}

/// <summary>A batch of numbers instead of clips.</summary>
internal sealed class Numbers(float[] values) : IExamples<NumberBatch>
{
    public int Count => values.Length;

    public string Fingerprint => string.Join(' ', values);

    public IReadOnlyList<DataNote> Notes { get; } = [new($"Found {values.Length} numbers.", IsWarning: false)];

    public IReadOnlyList<string?> Captions { get; } = new string?[values.Length];

    public NumberBatch Get(ReadOnlySpan<SampledExample> visits, Device device) => new(
        tensor(visits.ToArray().Select(visit => values[visit.Index]).ToArray()), [.. visits.ToArray().Select(visit => $"number {visit.Index}")]);

    /// <summary>A dataset of the numbers in a folder's text files.</summary>
    public static Numbers In(string folder) =>
        new([.. Directory.GetFiles(folder, "*.txt").Order().Select(path => float.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture))]);

    public void Dispose()
    {
    }
}

internal sealed record NumberBatch(Tensor Values, IReadOnlyList<string> Names) : Batch(Names)
{
    public override void Dispose() => Values.Dispose();
}

internal sealed class ToyTask(ToyConfig config) : TrainingTask<NumberBatch>, IVideoModel<ToyPlan>
{
    private readonly ToyModel model = new();

    public override nn.Module Model => model;

    public override IReadOnlyList<ParameterGroup> Groups { get; } =
        [new("guesser", name => name.StartsWith("guess.", StringComparison.Ordinal)), new("judge", name => name.StartsWith("judge.", StringComparison.Ordinal))];

    public override IVideoModel Video => this;

    public override IReadOnlyList<string> ValidationMetrics { get; } = ["loss", "psnr"];

    public ClipShape Shape { get; } = new(1, config.Shape.Frames, 8) { Width = 12 };

    public MixedPrecision Amp => MixedPrecision.Off;

    protected override StepLoss Loss(NumberBatch batch, int group, StepContext context)
    {
        var values = batch.Values + (randn([batch.Names.Count], generator: context.Generator) * 0.01);
        var error = (model.Guess - values).square().mean();
        if (group == 1)
        {
            return new((model.Judge - error.detach()).square().mean());
        }

        using var nothing = no_grad();
        model.Seen.add_(batch.Names.Count);
        return new(error) { Scalars = [("bias", (model.Guess - values).mean())] };
    }

    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<NumberBatch> batches)
    {
        using var nothing = no_grad();
        var error = batches.Average(batch => (model.Guess - batch.Values).square().mean().ToDouble());
        return new Dictionary<string, double> { ["loss"] = error, ["psnr"] = -10 * Math.Log10(error) };
    }

    public ToyPlan Resolve(GenerationSettings requested) => new ToyPlan(requested.Value<double>("Brightness") ?? 1, requested.Start, Shape);

    public Tensor Sample(ToyPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var grey = (model.Guess * plan.Brightness).clamp(0, 1).view(1, 1, 1, 1, 1).expand(clips.Count, 1, Shape.Frames, Shape.Height, Shape.Width);
        observer?.Report(1);
        return grey.clone().MoveToOuterDisposeScope();
    }
}

internal sealed record ToyPlan(double Brightness, ClipStart Start, ClipShape Shape) : SamplingPlan(1, Start, Shape)
{
    public override IReadOnlyDictionary<string, object> Settings => new Dictionary<string, object> { [nameof(Brightness)] = Brightness };
}

/// <summary>A model with two networks, a buffer that training changes, and a weight with two names.</summary>
internal sealed class ToyModel : nn.Module
{
    private readonly Part guess;
    private readonly Part judge;

    public ToyModel()
        : base(nameof(ToyModel))
    {
        guess = new Part();
        judge = new Part();
        guess.Tie();
        register_buffer("seen", zeros([1]));
        RegisterComponents();
    }

    public Tensor Guess => guess.Weight;

    public Tensor Judge => judge.Weight;

    public Tensor Seen => get_buffer("seen")!;

    private sealed class Part : nn.Module
    {
        public Part()
            : base(nameof(Part))
        {
            Weight = new Parameter(rand([1]));
            register_parameter("weight", Weight);
        }

        public Parameter Weight { get; }

        /// <summary>Shares the weight under a second name, like a head tied to the embedding.</summary>
        public void Tie() => register_parameter("head", Weight);
    }
}

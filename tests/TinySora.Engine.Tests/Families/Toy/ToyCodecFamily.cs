using System.ComponentModel;
using System.Runtime.CompilerServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.Toy;

/// <summary>
/// An autoencoder with predictable results: latents are averages over four rows and columns, and over two frames if it encodes
/// clips; decoding repeats them.
/// </summary>
internal sealed class ToyCodecFamily : Family<ToyCodecConfig, ClipBatch>
{
    public const string FamilyName = "toy-codec";

    [ModuleInitializer]
    internal static void Register() => ModelFamilies.Add(new ToyCodecFamily());

    protected override SettingSchema? Settings(RunConfig<ToyCodecConfig> config) => null;

    protected override ClipRequirements Clips(RunConfig<ToyCodecConfig> config) => 
        new(ToyCodecTask.ShapeOf(config.Family), new ClipKeys("codec.height", "codec.width", "codec.frames")) { TakesText = false };

    protected override IExamples<ClipBatch> Open(
        RunConfig<ToyCodecConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        ClipExamples.Open(folder, Clips(config), progress, cancellation);

    protected override int Count(RunConfig<ToyCodecConfig> config, string folder) => ClipDataset.CountIn(folder, Clips(config));

    protected override (ToyCodecConfig Config, IExamples<ClipBatch> Examples) CreateSynthetic(RunConfig<ToyCodecConfig> config, string? folder) =>
        (config.Family, new SyntheticClips(Clips(config)));

    protected override TrainingTask<ClipBatch> Create(RunConfig<ToyCodecConfig> config, IExamples<ClipBatch> data, Device device) => new ToyCodecTask(config.Family);

    protected override TrainingTask<ClipBatch> Restore(
        RunConfig<ToyCodecConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<ClipBatch>? more) => new ToyCodecTask(config.Family);
}

internal enum ToyCodecKind
{
    Plain,
    Posterior,
    Quantized,
}

internal sealed record ToyCodecConfig : FamilyConfig
{
    [NotAKey]
    public override string Name => ToyCodecFamily.FamilyName;

    public CodecConfig Codec { get; init; } = new();

    public override void Check(RunConfig config, ConfigRules rules) => rules.Require(Codec.Frames is 1 or 4, "codec.frames", "1 or 4");

    public sealed record CodecConfig
    {
        [Description("What it makes.")]
        public ToyCodecKind Kind { get; init; }

        [Description("Frames of a clip; 1: single frames.")]
        public int Frames { get; init; } = 4;
    }
}

internal sealed class ToyCodecTask(ToyCodecConfig config) : TrainingTask<ClipBatch>, IClipCodec
{
    /// <summary>Logarithm of the variance of posteriors.</summary>
    public const float LogVariance = -4;

    private readonly ToyCodecConfig.CodecConfig own = config.Codec;
    private readonly ToyGain model = new();

    public override nn.Module Model => model;

    public override IClipCodec Codec => this;

    public ClipShape Shape => ShapeOf(config);

    public IEnumerable<nn.Module> EncodingLayers => [model];

    public LatentStride Stride => new(own.Frames == 1 ? 1 : 2, 4, 4);

    public int Channels => 3;

    public int? Codes => own.Kind == ToyCodecKind.Quantized ? (int)model.Codebook.size(0) : null;

    public bool HasPosterior => own.Kind == ToyCodecKind.Posterior;

    public static ClipShape ShapeOf(ToyCodecConfig config) => new(3, config.Codec.Frames, 16);

    protected override StepLoss Loss(ClipBatch batch, int group, StepContext context) =>
        new((Decode(Encode(batch.Clips) * model.Gain) - batch.Clips).square().mean());

    public Tensor Encode(Tensor clips) => Codes is null ? Pool(clips) : Vectors(Tokens(clips));

    public Tensor Moments(Tensor clips)
    {
        var mean = Pool(clips);
        return cat([mean, full_like(mean, LogVariance)], 1);
    }

    public Tensor Tokens(Tensor clips) =>
        (Pool(clips).permute(0, 2, 3, 4, 1).unsqueeze(-2) - model.Codebook).square().sum(-1).neg().argmax(-1); // (B, t, h, w)

    public Tensor Vectors(Tensor tokens) =>
        model.Codebook.index_select(0, tokens.reshape(-1)).view([.. tokens.shape, Channels]).permute(0, 4, 1, 2, 3);

    public Tensor Decode(Tensor latents) =>
        latents.repeat_interleave(Stride.Frames, 2).repeat_interleave(Stride.Height, 3).repeat_interleave(Stride.Width, 4);

    public AnyTensor Decode(AnyTensor latents) => throw new NotSupportedException();

    private Tensor Pool(Tensor clips)
    {
        var (n, f, h, w) = (clips.size(0), clips.size(2), clips.size(3), clips.size(4));
        Stride.Check(f, h, w);
        return clips.reshape(n, 3, f / Stride.Frames, Stride.Frames, h / 4, 4, w / 4, 4).mean([3, 5, 7]);
    }
}

/// <summary>A trainable parameter and a codebook: black, red, green, blue, and one code that is far from every input.</summary>
internal sealed class ToyGain : nn.Module
{
    private readonly Parameter gain = new(ones([1]));

    public ToyGain()
        : base(nameof(ToyGain))
    {
        register_parameter("gain", gain);
        register_buffer("codebook", tensor(new float[] { 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9 }, [5, 3]));
    }

    public Tensor Gain => gain;

    public Tensor Codebook => get_buffer("codebook")!;
}

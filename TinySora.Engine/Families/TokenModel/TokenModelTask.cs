using System.Text.Json;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Families.TokenModel.Schemes;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>Training of a token model, and generation of videos from prompts or unconditionally.</summary>
internal sealed class TokenModelTask : TrainingTask<LatentBatch>, IVideoModel<TokenPlan>
{
    /// <summary>Name of the validation metric for the mean number of bits per token needed to store a clip's tokens.</summary>
    private const string Bits = "bits";

    /// <summary>Seed for choosing the tokens to predict in validations. It is fixed, so that the results of validations are comparable.</summary>
    private const long ValidationSeed = 20_240_312;

    private readonly TokenModelConfig own;
    private readonly TrainerConfig trainer;
    private readonly Device device;
    /// <summary>Autoencoder of the tokens; <c>null</c> if it is missing.</summary>
    private readonly CodecModel? codec;
    private readonly CodecTraits traits;
    private readonly Conditioner conditioner;
    private readonly TextToTokens model;
    private readonly TokenScheme scheme;
    private readonly int codes;

    /// <param name="codec">Autoencoder and its traits; disposed with this object.</param>
    private TokenModelTask(RunConfig<TokenModelConfig> config, (CodecModel? Model, CodecTraits Traits) codec, ITextEncoder? encoder, Device device)
    {
        (own, trainer, this.device) = (config.Family, config.Trainer, device);
        (this.codec, traits) = codec;
        codec.Model?.Check(LatentKind.Tokens);
        conditioner = new Conditioner(encoder, null, device);
        Shape = own.Clip.Shape(codec.Model?.Codec.Shape.Channels ?? VideoClipConfig.PixelChannels);
        var shape = ShapeOf(Shape);
        codes = own.Model.Codes ?? traits.Codes!.Value;
        if (codec.Model?.Codec.Codes is int most && codes > most)
        {
            throw ModelErrors.TooManyCodes(codes, most);
        }

        var network = TokenNetworks.Create(own.Model, codes, shape);
        model = new TextToTokens(network, conditioner.Learned, conditioner.Width, own.Model.NEmbd);
        model.to(device);
        scheme = TokenScheme.Create(own.Model, network, codes, shape);
    }

    public override nn.Module Model => model;
    public override IReadOnlyDictionary<string, string> Metadata =>
        new Dictionary<string, string>(conditioner.Metadata.Concat(CodecDependency.Entries(traits)));
    public override double? PrerequisiteFlops => codec?.Flops;
    public override IVideoModel? Video => codec is null ? null : this;

    public override IReadOnlyList<NetworkGraph> Graphs =>
    [
        new(null, graph =>
        {
            model.Write(graph, scheme.Lengths, own.Model.Use1dPosEmb ? 1 : 3, conditioner.Width);
            var plan = Resolve(new GenerationSettings());
            graph.Metadata[NetworkGraph.SamplingKey] = JsonSerializer.Serialize(new
            {
                architecture = ConfigNames.GetName(own.Model.Architecture),
                shape = new[] { plan.Tokens.Frames, plan.Tokens.Height, plan.Tokens.Width },
                codes,
                special = codes,
                temperature = plan.Choice.Temperature,
                top_k = plan.Choice.TopK,
                top_p = plan.Choice.TopP,
                guidance = plan.GuidanceScale,
                steps = plan.Steps,
                frame_milliseconds = plan.FrameMilliseconds,
                loop = scheme.LoopDescription,
            });
        }),
    ];

    public ClipShape Shape { get; }

    public MixedPrecision Amp => trainer.Amp;

    /// <summary>Names of the validation metrics. A masked transformer has no bits metric, because its cross entropy does not cover whole clips.</summary>
    public override IReadOnlyList<string> ValidationMetrics => IsMasked ? [BestMetric.Loss] : [BestMetric.Loss, Bits];

    private bool IsMasked => own.Model.Architecture == TokenModelKind.Masked;

    /// <exception cref="TinySoraException">
    /// CodecMissing; errors in opening the autoencoder; NoQuantizer; TooManyCodes; BlockTooSmall; errors from <see cref="TextEncoders.Create"/>.
    /// </exception>
    public static TokenModelTask Create(RunConfig<TokenModelConfig> config, IExamples<LatentBatch> data, Device device)
    {
        var own = config.Family;
        var encoder = own.Text.Choice is TextEncoderChoice choice ? TextEncoders.Create(choice, data.AllCaptions, device) : null;
        return new TokenModelTask(config, own.Codec.Open(device, data), encoder, device);
    }

    /// <exception cref="TinySoraException">CodecMissing, OtherCodec; errors from <see cref="TextEncoders.Restore"/>.</exception>
    public static TokenModelTask Restore(
        RunConfig<TokenModelConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<LatentBatch>? more)
    {
        var own = config.Family;
        var codec = own.Codec.Restore(device, metadata, more);
        var encoder = own.Text.Choice is TextEncoderChoice choice ? TextEncoders.Restore(choice, metadata, device, more?.AllCaptions) : null;
        return new TokenModelTask(config, codec, encoder, device);
    }

    /// <exception cref="TinySoraException">OtherLatents or CodecMissing, if the autoencoder is missing.</exception>
    protected override string? Prepare(IExamples<LatentBatch> data, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        if (codec is null)
        {
            own.Codec.CheckData(traits, data);
        }

        return null;
    }

    /// <exception cref="TinySoraException">TinySora.Model.OtherTokens; TinySora.Latent.TokenTooLarge.</exception>
    protected override StepLoss Loss(LatentBatch batch, int group, StepContext context) =>
        new(Entropy(batch, context.MicroBatch, trainer.CondDropProb, context.Random, context.Random));

    /// <summary>Returns the mean cross entropy over clips. Each validation predicts the same tokens.</summary>
    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<LatentBatch> batches)
    {
        var measured = ValidationLoss.Compute(
            batches, ValidationSeed, device, (batch, random) => Entropy(batch, null, dropped: 0, random, null));
        return IsMasked ? measured : new Dictionary<string, double>(measured) { [Bits] = measured[BestMetric.Loss] / Math.Log(2) };
    }

    /// <inheritdoc cref="TokenPlan.Create"/>
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible.</exception>
    public TokenPlan Resolve(GenerationSettings requested)
    {
        var shape = Shape with { Frames = requested.Value<int>(Setting.Frames) ?? Shape.Frames };
        var most = scheme.MaxFrames * traits.Stride.Frames;
        if (shape.Frames < 1 || shape.Frames > most)
        {
            var expected = most is null ? "1 or more" : $"1 to {most}, the number of frames for which the model has position embeddings";
            throw GenerationErrors.BadSetting(Setting.Frames, $"{shape.Frames}", expected);
        }

        var tokens = ShapeOf(shape);
        return TokenPlan.Create(own.Sampling, requested, shape, tokens, IsMasked, steps => scheme.Units(tokens, steps));
    }

    public IReadOnlyList<string> UnknownWords(string prompt) => conditioner.UnknownWords(prompt);

    /// <exception cref="TinySoraException">WeightsNeedMean, BadWeight, UnpairedParenthesis.</exception>
    public Tensor Sample(TokenPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var precision = trainer.Amp.UseWithFixedWeights(device);
        using var chances = new ClipRandom(clips.Select(clip => clip.Seed), device);
        var text = model.EncodeText(conditioner.OfPrompts([.. clips.Select(clip => clip.Text)], [.. clips.Select(clip => clip.Vector)]));
        var isGuided = text is not null && plan.GuidanceScale != 1;
        var guided = new GuidedNetwork(model.Network, text, isGuided ? From(clips) : null, plan.GuidanceScale, device);
        var tokens = scheme.Sample(guided, plan.Tokens, plan.Choice, chances, Given(plan), plan.Steps ?? 1, observer, cancellation);
        var violating = tokens.ge(codes);
        observer?.OnInvalidTokens([.. violating.flatten(1).to(ScalarType.Float64).mean([1]).cpu().data<double>()]);
        return codec!.Decode(codec.Codec.Vectors(tokens.masked_fill(violating, 0))).cpu().MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        base.Dispose();
        conditioner.Dispose();
        codec?.Dispose();
    }

    /// <summary>Returns the first tokens of the clip that sampling starts from; <c>null</c> if there is no such clip.</summary>
    /// <returns>(1, n) int64.</returns>
    /// <exception cref="TinySoraException">TinySora.Latent.TokenTooLarge.</exception>
    private Tensor? Given(TokenPlan plan)
    {
        if (plan.Start is not Variation variation || (int)Math.Round((1 - variation.Noise) * plan.Tokens.Count) is not (> 0 and int count))
        {
            return null;
        }

        var tokens = codec!.Tokens((variation.Pixels(plan.Shape, device) + 1) / 2).flatten(1);
        RefuseUnknown("the clip to start from", tokens);
        return tokens.narrow(1, 0, count);
    }

    /// <summary>Returns the text vectors that guidance moves away from: those of the negative prompts, or of no text.</summary>
    private Tensor From(IReadOnlyList<ClipPrompt> clips) =>
        model.EncodeText(conditioner.OfPrompts([.. clips.Select(clip => clip.Negative)], [.. clips.Select(_ => (float[]?)null)]))!;

    private TokenShape ShapeOf(ClipShape shape)
    {
        var latents = LatentShape.For(shape, traits);
        return new(latents.Frames, latents.Height, latents.Width);
    }

    private void RefuseUnknown(string name, Tensor tokens)
    {
        if (codes != codec?.Codec.Codes && tokens.max().item<long>() is var largest && largest >= codes)
        {
            throw LatentErrors.TokenTooLarge(name, tokens.ge(codes).sum().item<long>(), tokens.min().item<long>(), largest, codes);
        }
    }

    /// <param name="number">Index of the micro-batch, see <see cref="TokenScheme.Loss"/>.</param>
    /// <param name="dropped">Fraction of clips whose text is dropped.</param>
    private Tensor Entropy(LatentBatch batch, long? number, double dropped, BatchRandom random, BatchRandom? chance)
    {
        using var precision = trainer.Amp.Use(device);
        var clips = batch.Latents.squeeze(1);
        var expected = ShapeOf(Shape);
        if (batch.Sizes is not null || !clips.shape.Skip(1).SequenceEqual([expected.Frames, expected.Height, expected.Width]))
        {
            throw ModelErrors.OtherTokens(batch.Names[0], (expected.Frames, expected.Height, expected.Width));
        }

        RefuseUnknown(batch.Names[0], clips);
        Tensor? text = null;
        if (conditioner.TakesText)
        {
            var condition = conditioner.OfCaptions(batch.Captions, null);
            var drop = random.Uniform(clips.shape[0]).lt(dropped).to(device);
            text = model.EncodeText(condition with { Absent = condition.Absent.logical_or(drop) });
        }

        return scheme.Loss(clips, text, number, random, chance);
    }
}

using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>Training of a diffusion model on captioned clips, and generation of videos from prompts.</summary>
internal sealed class PixelUNetTask : TrainingTask<ClipBatch>, IVideoModel<DenoisingPlan>
{
    /// <summary>Seed of the noise and timesteps in validations. It is fixed, so that the results of validations are comparable.</summary>
    private const long ValidationSeed = 20_240_307;

    private readonly PixelUNetConfig config;
    private readonly TrainerConfig trainer;
    private readonly Device device;
    private readonly Conditioner conditioner;
    private readonly TextToVideo model;
    private readonly DenoisingLoss loss;

    private PixelUNetTask(RunConfig<PixelUNetConfig> config, ITextEncoder? encoder, Device device)
    {
        this.config = config.Family;
        this.device = device;
        trainer = config.Trainer;
        conditioner = new Conditioner(encoder, this.config.Model.VectorWidth, device);
        model = new TextToVideo(new UNet3D(this.config.Model with { CondDim = conditioner.Width }), conditioner.Learned).to(device);
        loss = this.config.Diffusion.Loss();
        Shape = this.config.Shape(trainer);
    }

    public override nn.Module Model => model;
    public override IReadOnlyDictionary<string, string> Metadata => conditioner.Metadata;
    public override IVideoModel Video => this;

    public override IReadOnlyList<NetworkGraph> Graphs =>
    [
        new(null, graph =>
        {
            var plan = Resolve(new GenerationSettings());
            model.Write(graph, Size, conditioner.Width);
            SamplingDescription.Describe(graph, Process(plan), plan, Size);
        }),
    ];

    public ClipShape Shape { get; }

    public MixedPrecision Amp => trainer.Amp;

    /// <summary>Shape of one clip: (C, F, H, W).</summary>
    private long[] Size => [Shape.Channels, Shape.Frames, Shape.Height, Shape.Width];

    public override IReadOnlyList<string> ValidationMetrics { get; } = [BestMetric.Loss];

    /// <param name="captions">All captions of the data, for the vocabulary of a learned text encoder.</param>
    /// <exception cref="TinySoraException">Errors from <see cref="TextEncoders.Create"/>.</exception>
    public static PixelUNetTask Create(RunConfig<PixelUNetConfig> config, IEnumerable<string?> captions, Device device) =>
        new(config, TextEncoders.Create(config.Family.TextEncoder, captions, device), device);

    /// <summary>Creates a task with the structure of a checkpoint. The caller loads the weights into <see cref="Model"/>.</summary>
    /// <param name="metadata">Metadata of the checkpoint.</param>
    /// <param name="moreCaptions">Captions of data to fine-tune on; <c>null</c> if the model is not fine-tuned.</param>
    /// <exception cref="TinySoraException">Errors from <see cref="TextEncoders.Restore"/>.</exception>
    public static PixelUNetTask Restore(
        RunConfig<PixelUNetConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IEnumerable<string?>? moreCaptions = null) =>
        new(config, TextEncoders.Restore(config.Family.TextEncoder, metadata, device, moreCaptions), device);

    protected override string? Prepare(IExamples<ClipBatch> data, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        data.CacheFolder is string folder ? conditioner.Prepare(data.AllCaptions, folder, progress, cancellation) : null;

    /// <summary>Returns the mean error of the predictions at uniformly drawn timesteps.</summary>
    protected override StepLoss Loss(ClipBatch batch, int group, StepContext context) =>
        new(Distance(batch, context.Random, trainer.CondDropProb, trainer.ProbFocusPresent));

    /// <summary>Returns the mean loss over clips with their captions. Each validation uses the same noise.</summary>
    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<ClipBatch> batches) =>
        ValidationLoss.Compute(batches, ValidationSeed, device, (batch, random) => Distance(batch, random, dropped: 0, focused: 0));

    public override double? SmallestLoss(IExamples data) => config.Model.EffectiveTextEncoder == TextEncoderKind.None || trainer.HorizontalFlip ? null
        : ShapesLimit.Loss(loss, TimestepDistribution.Uniform, Shape, data.AllCaptions, ShapesLimit.OfPixels());

    public int? MaxSteps => config.Diffusion.Timesteps;

    /// <inheritdoc cref="SamplingDefaults.Resolve"/>
    public DenoisingPlan Resolve(GenerationSettings requested) => config.Diffusion.Sampling.Resolve(requested, Shape);

    /// <exception cref="TinySoraException">
    /// TinySora.Model.StepsOutOfRange, TakesNoText, WeightsNeedMean, TakesNoVectors, VectorWidth; TinySora.Generation.BadWeight,
    /// UnpairedParenthesis.
    /// </exception>
    public Tensor Sample(DenoisingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation)
    {
        var process = Process(plan);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var precision = trainer.Amp.UseWithFixedWeights(device);
        using var noise = new ClipRandom(clips.Select(clip => clip.Seed), device);
        var prompt = conditioner.OfPrompts([.. clips.Select(clip => clip.Text)], [.. clips.Select(clip => clip.Vector)]);
        var negative = conditioner.Negative([.. clips.Select(clip => clip.Negative)]);
        var start = (plan.Start as SourceClipStart)?.Start(Shape, config.Diffusion.Timesteps, device);
        var clean = process.Run(
            (x, t) => model.PredictGuided(x, t, prompt, negative, plan.ScaleAt(t)), () => noise.Normal(Size), start, observer,
            observer?.CreateStepCallback(plan.Units, ReverseProcess.Pixels), cancellation);
        return ReverseProcess.Pixels(clean).cpu()
            .MoveToOuterDisposeScope();
    }

    private ReverseProcess Process(DenoisingPlan plan) => new(
        loss.Schedule, loss.Objective, plan.Sampler, plan.Steps,
        config.Diffusion.UseDynamicThres ? config.Diffusion.DynamicThresPercentile : null);

    public IReadOnlyList<string> UnknownWords(string prompt) => conditioner.UnknownWords(prompt);

    public override void Dispose()
    {
        base.Dispose();
        conditioner.Dispose();
    }

    /// <param name="dropped">Fraction of clips whose text is dropped.</param>
    /// <param name="focused">Fraction of clips in which each frame attends only to itself.</param>
    private Tensor Distance(ClipBatch batch, BatchRandom random, double dropped, double focused)
    {
        using var precision = trainer.Amp.Use(device);
        var x0 = batch.Clips * 2 - 1;
        var count = x0.shape[0];
        if (random.Share is not null && x0.shape[2] != Shape.Frames)
        {
            // A clip's noise depends on the length of the longest clip in the micro-batch, which another process may handle.
            throw ProcessErrors.Indivisible("its training clips differ in length");
        }

        var levels = TimestepDistribution.Uniform.Sample(config.Diffusion.Timesteps, count, random);
        var noise = random.Normal(x0.shape).to(device);
        var condition = conditioner.OfCaptions(batch.Captions, batch.Vectors);
        var absent = Chance(count, dropped, random).logical_or(condition.Absent);
        var focus = focused > 0 ? Chance(count, focused, random) : null;
        if (batch.Lengths is not { } lengths)
        {
            return loss.Compute(x0, noise, levels, x => model.Predict(x, tensor(levels).to(device), condition.Vectors, absent, focus));
        }

        // Clips are grouped by length, because attention over frames would otherwise include padding. Every clip has the same weight.
        return stack([.. lengths.Select((length, index) => (length, index)).GroupBy(clip => clip.length).Select(alike =>
        {
            int[] places = [.. alike.Select(clip => clip.index)];
            var rows = tensor(places.Select(place => (long)place).ToArray(), device: device);
            long[] own = [.. places.Select(place => levels[place])];
            Tensor Of(Tensor all) => all.index_select(0, rows);
            Tensor Frames(Tensor all) => Of(all).narrow(2, 0, alike.Key);
            var distance = loss.Compute(
                Frames(x0), Frames(noise), own,
                x => model.Predict(
                    x, tensor(own).to(device), condition.Vectors is null ? null : Of(condition.Vectors), Of(absent), focus is null ? null : Of(focus)));
            return distance * ((double)places.Length / count);
        })]).sum();
    }

    private Tensor Chance(long count, double probability, BatchRandom random) =>
        random.Uniform(count).lt(probability).to(device);
}

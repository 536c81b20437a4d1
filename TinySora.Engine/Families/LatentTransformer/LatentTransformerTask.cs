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
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Latents;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Training of a diffusion model on latents or pixels, and generation of videos from prompts, from classes or unconditionally.</summary>
internal sealed class LatentTransformerTask : TrainingTask<LatentBatch>, IVideoModel<DenoisingPlan>
{
    /// <summary>Seed of the noise and timesteps in validations. It is fixed, so that the results of validations are comparable.</summary>
    private const long ValidationSeed = 20_240_308;

    private readonly LatentTransformerConfig own;
    private readonly TrainerConfig trainer;
    private readonly Device device;
    /// <summary>Autoencoder; <c>null</c> if it is missing, or if the model denoises pixels.</summary>
    private readonly CodecModel? codec;
    /// <summary>Traits of the latents' autoencoder; <c>null</c> if the model denoises pixels.</summary>
    private readonly CodecTraits? traits;
    private readonly ConditionEncoder conditions;
    private readonly LatentDenoiser model;
    private readonly DenoisingLoss loss;

    /// <summary>Width of text embeddings; <c>null</c> if the model does not use text.</summary>
    private readonly int? width;

    /// <summary>The teacher, if this model is a student in training; otherwise <c>null</c>.</summary>
    private TeacherModel? teacher;

    /// <summary>Metadata about the teacher from the student's checkpoint; empty if there is none.</summary>
    private IReadOnlyDictionary<string, string> taught = new Dictionary<string, string>();

    /// <param name="codec">Autoencoder and its traits; disposed with this object.</param>
    private LatentTransformerTask(
        RunConfig<LatentTransformerConfig> config, (CodecModel? Model, CodecTraits? Traits) codec, ITextEncoder? encoder, IReadOnlyList<string> classes,
        Device device)
    {
        (own, trainer, this.device) = (config.Family, config.Trainer, device);
        (this.codec, traits) = codec;
        conditions = new ConditionEncoder(own.Model, encoder, own.MaxTextTokens, classes, device);
        var shape = codec.Model?.Codec.Shape;
        Shape = own.Shape(shape?.Channels ?? VideoClipConfig.PixelChannels) with { CropsSquare = own.Clip.CentreSquareCrop ?? shape?.CropsSquare };
        var latents = ShapeOf(Shape, traits);
        width = own.Model.Conditioning == Conditioning.Text ? encoder?.Width ?? own.Text.Width : null;
        model = new LatentDenoiser(NewNetwork(), conditions.Learned, latents.Channels);
        model.to(device);
        Files = new LatentFiles(own.Files.Weights, model, new LatentTransformerWeights());
        loss = new DenoisingLoss(own.Diffusion.Schedule(), own.Diffusion.Objective, LossKind.L2, own.Diffusion.MinSnrGamma)
        {
            LearnsVariance = own.Model.LearnSigma, MotionWeight = own.Diffusion.MotionWeight,
        };
    }

    public override nn.Module Model => model;
    public override IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(
        conditions.Metadata.Concat(traits is null ? [] : model.Normalization.Concat(CodecDependency.Entries(traits))).Concat(taught));

    public override double? PrerequisiteFlops => teacher is not null ? teacher.Flops : traits is null ? 0 : codec?.Flops;
    public override IReadOnlyList<ParameterGroup> Groups => IsStudent ? TeacherModel.Groups : base.Groups;
    public override IVideoModel? Video => traits is null || codec is not null ? this : null;

    /// <summary>Graph of the network and, if the autoencoder is available, graph of its decoder.</summary>
    public override IReadOnlyList<NetworkGraph> Graphs => codec is null ? [new(null, Write)] : [new(null, Write), new(NetworkGraph.Decoder, WriteDecoder)];

    public override string? RecordingProblem => model.RecordingProblem;
    public ClipShape Shape { get; }
    public IReadOnlyList<string> Classes => conditions.Classes;
    public override IRunFiles Files { get; }

    /// <summary>Names of the validation metrics. A student has none, because it is trained only on pure noise and the loss needs other timesteps.</summary>
    public override IReadOnlyList<string> ValidationMetrics => IsStudent ? [] : [BestMetric.Loss];

    /// <summary>Traits of the latents' autoencoder; <c>null</c> if the model denoises pixels.</summary>
    internal CodecTraits? Traits => traits;

    private bool IsStudent => own.Diffusion.Teacher is not null;

    /// <summary>Creates a task with new weights from the default generator and measures the latents. A student starts with its teacher's weights.</summary>
    /// <exception cref="TinySoraException">
    /// CodecMissing; errors in opening the autoencoder; TooManyClasses; errors from <see cref="TextEncoders.Create"/> and <see cref="TeacherModel.Open"/>.
    /// </exception>
    public static LatentTransformerTask Create(RunConfig<LatentTransformerConfig> config, IExamples<LatentBatch> data, Device device)
    {
        var own = config.Family;
        if (own.Diffusion.Teacher is not null)
        {
            var teacher = TeacherModel.Open(config, device);
            var student = OnFailure.Dispose(teacher, () => Restore(config, teacher.Task.Metadata, device, more: null));
            return OnFailure.Dispose(student, () => student.Learn(teacher, isNew: true));
        }

        var classes = ConditionEncoder.ClassesOf(own.Model, data.AllCaptions);
        var encoder = own.TextEncoder is TextEncoderChoice choice ? TextEncoders.Create(choice, data.AllCaptions, device) : null;
        var codec = own.Codec is CodecDependency companion ? companion.Open(device, data) : default((CodecModel?, CodecTraits?));
        var task = new LatentTransformerTask(config, codec, encoder, classes, device);
        task.model.Normalize(own.Latents, data);
        return task;
    }

    /// <summary>Creates a task with the structure of a checkpoint. The caller loads the weights.</summary>
    /// <param name="more">Data to fine-tune on, from the averaged weights; <c>null</c> to resume training or to generate clips.</param>
    /// <exception cref="TinySoraException">
    /// CodecMissing, OtherCodec; errors from <see cref="TextEncoders.Restore"/> and <see cref="TeacherModel.Open"/>.
    /// </exception>
    public static LatentTransformerTask Restore(
        RunConfig<LatentTransformerConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<LatentBatch>? more)
    {
        var own = config.Family;
        var codec = own.Codec is CodecDependency companion ? companion.Restore(device, metadata, more) : default((CodecModel?, CodecTraits?));
        var encoder = own.TextEncoder is TextEncoderChoice choice ? TextEncoders.Restore(choice, metadata, device, more?.AllCaptions) : null;
        var classes = ConditionEncoder.ClassesIn(own.Model, metadata);
        classes = more is null ? classes : ConditionEncoder.ClassesOf(own.Model, more.AllCaptions, classes);
        var task = new LatentTransformerTask(config, codec, encoder, classes, device);
        task.model.NormalizeBy(metadata); // exported files have it as metadata
        task.taught = TeacherModel.EntryIn(metadata);
        return task.IsStudent && more is not null ? OnFailure.Dispose(task, () => task.Learn(TeacherModel.Open(config, device))) : task;
    }

    /// <param name="codec">Traits of the autoencoder; <c>null</c> for pixels.</param>
    /// <exception cref="TinySoraException">NotDivisible.</exception>
    internal static LatentShape ShapeOf(ClipShape shape, CodecTraits? codec) =>
        codec is null ? new(VideoClipConfig.PixelChannels, shape.Frames, shape.Height, shape.Width) : LatentShape.For(shape, codec);

    /// <exception cref="TinySoraException">
    /// StatesWidth; OtherLatents or CodecMissing, if the autoencoder is missing; errors from <see cref="TeacherModel.Open"/>.
    /// </exception>
    protected override string? Prepare(IExamples<LatentBatch> data, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        if (IsStudent && teacher is null)
        {
            Learn(TeacherModel.Open(new(own, trainer), device, taught)); // the run was resumed
        }

        if (traits is not null && codec is null)
        {
            own.Codec!.CheckData(traits, data);
        }

        using var batch = width is null ? null : data.Get([new(0, 0)], device);
        if (batch?.Text is { } states && states.Values.shape[^1] != width)
        {
            throw ModelErrors.StatesWidth(states.Values.shape[^1], width!.Value, own.TextEncoder is not null);
        }

        return conditions.FindProblem(data.AllCaptions);
    }

    /// <summary>Returns the mean squared error of the predictions, plus the variational bound if the network learns variances.</summary>
    protected override StepLoss Loss(LatentBatch batch, int group, StepContext context) =>
        new(teacher is null ? Distance(batch, context.Random, trainer.CondDropProb, trains: true) : Distil(teacher, batch, group, context.Random));

    /// <summary>Returns the mean loss over clips. Each validation uses the same noise.</summary>
    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<LatentBatch> batches) =>
        IsStudent ? base.Validate(batches)
            : ValidationLoss.Compute(batches, ValidationSeed, device, (batch, random) => Distance(batch, random, dropped: 0, trains: false));

    public override double? SmallestLoss(IExamples data) => width is null || IsStudent || own.Clip.Images > 0 ? null
        : ShapesLimit.Loss(loss, own.Diffusion.Levels, Shape, data.AllCaptions,
            traits is null ? ShapesLimit.OfPixels(IsHalf) : ShapesLimit.OfLatents(own.Latents.IsStandardized ? traits.Hash : null));

    /// <summary>Precision of training and sampling. Recorded passes are faster in float32 than other passes in bfloat16.</summary>
    public MixedPrecision Amp => trainer.Amp == MixedPrecision.IfFaster && model.CanRecordOn(device) ? MixedPrecision.Off : trainer.Amp;
    public int? MaxSteps => own.Diffusion.Timesteps;

    /// <inheritdoc cref="SamplingDefaults.Resolve"/>
    /// <exception cref="TinySoraException">NotWholePatches.</exception>
    public DenoisingPlan Resolve(GenerationSettings requested) =>
        own.Diffusion.Sampling.Resolve(requested, own.ShapeFor(requested, Shape, traits?.Stride ?? new LatentStride(1, 1, 1)));

    /// <exception cref="TinySoraException">StepsOutOfRange, UnknownClass, PromptsNeedEncoder, WeightsNeedMean, BadWeight, UnpairedParenthesis.</exception>
    public Tensor Sample(DenoisingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation)
    {
        var process = Process(plan);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var precision = Amp.UseWithFixedWeights(device);
        var shape = ShapeOf(plan.Shape, traits);
        using var noise = new ClipRandom(clips.Select(clip => clip.Seed), device);
        var prompt = conditions.FromPrompts([.. clips.Select(clip => clip.Text)]);
        var negative = clips.All(clip => string.IsNullOrWhiteSpace(clip.Negative)) ? null : conditions.FromPrompts([.. clips.Select(clip => clip.Negative)]);
        using var predictor = model.Prepare(
            [clips.Count, .. shape.Lengths], prompt, negative, plan.GuidanceScale, own.Diffusion.GuidedChannels, plan.GuidanceBelow);
        observer?.OnRecording(predictor.Problem);
        var x = process.Run(
            predictor.Predict, () => noise.Normal(shape.Lengths), Start(plan), observer, observer?.CreateStepCallback(plan.Units, Pixels, Noisy), cancellation);
        return Pixels(x).cpu().MoveToOuterDisposeScope();
    }

    /// <exception cref="TinySoraException">UnknownClass, PromptCropped.</exception>
    public IReadOnlyList<string> UnknownWords(string prompt) => conditions.UnknownWords(prompt);

    public override void Dispose()
    {
        base.Dispose();
        conditions.Dispose();
        codec?.Dispose();
        teacher?.Dispose();
    }

    internal NetworkCondition ConditionOf(LatentBatch batch) => conditions.FromCaptions(batch.Captions, batch.Text);

    /// <summary>Returns the network's prediction with the default guidance scale, for clips that each have their own timestep (B) int64.</summary>
    internal Tensor Guided(Tensor x, Tensor t, NetworkCondition condition) =>
        model.PredictGuided(x, t, condition, null, own.Diffusion.GuidanceScale, own.Diffusion.GuidedChannels, own.Diffusion.GuidanceBelow);

    private LatentNetwork NewNetwork() => LatentNetworks.Create(own.Model, ShapeOf(Shape, traits), width, own.Text.MaxTokens, own.Unet);

    /// <summary>Takes ownership of a teacher and creates a critic with its weights.</summary>
    /// <param name="isNew">Whether the student starts with the teacher's weights; otherwise, its weights come from a checkpoint.</param>
    private LatentTransformerTask Learn(TeacherModel from, bool isNew = false)
    {
        teacher = from;
        teacher.CheckLatents(traits);
        taught = teacher.Entry;
        model.AddCritic(NewNetwork().to(device), (LatentDenoiser)teacher.Task.Model, isNew);
        return this;
    }

    private Tensor Distil(TeacherModel from, LatentBatch batch, int group, BatchRandom random)
    {
        using var precision = trainer.Amp.Use(device);
        var (condition, teacherCondition) = (ConditionOf(batch), from.ConditionOf(batch));
        var distillation = new Distillation(
            loss, own.Diffusion.Levels, (x, t) => model.Predict(x, t, condition), (x, t) => model.Criticize(x, t, teacherCondition),
            (x, t) => from.Task.Guided(x, t, teacherCondition));
        long[] shape = [batch.Captions.Count, .. ShapeOf(Shape, traits).Lengths];
        return group == 0 ? distillation.CriticLoss(shape, random, device) : distillation.StudentLoss(shape, random, device);
    }

    private void Write(OnnxGraph graph)
    {
        var (plan, latents) = (Resolve(new GenerationSettings()), ShapeOf(Shape, traits));
        int? classes = own.Model.Conditioning == Conditioning.Class ? own.Model.NumClasses : null;
        model.Write(graph, latents.Lengths, own.Diffusion.Timesteps, classes, width, own.GraphTokens(conditions.Learned));
        SamplingDescription.Describe(graph, Process(plan), plan, latents.Lengths, own.Diffusion.GuidedChannels, IsHalf);
    }

    private void WriteDecoder(OnnxGraph graph)
    {
        var x = graph.Input("x", OnnxType.Float32, [OnnxGraph.Batch, .. ShapeOf(Shape, traits).Lengths]);
        graph.Output("clips", codec!.Codec.Decode(model.Denormalized(x)));
    }

    private ReverseProcess Process(DenoisingPlan plan) => new(loss.Schedule, loss.Objective, plan.Sampler, plan.Steps)
    {
        ClampsX0 = traits is null && !IsHalf, Spacing = own.Diffusion.Spacing,
        Variance = own.Model.LearnSigma ? ReverseVariance.Learned : own.Diffusion.Variance,
    };

    private bool IsHalf => own.Clip.PixelRange == PixelRange.Half;

    private Tensor Pixels(Tensor x) => codec is not null ? codec.Decode(model.Denormalized(x)) : ReverseProcess.Pixels(IsHalf ? x * 2 : x);

    private Tensor Noisy(Tensor x) => codec is null ? Pixels(x) : ReverseProcess.Pixels(codec.Visualize(model.Denormalized(x)));

    /// <param name="dropped">Fraction of clips whose condition is dropped.</param>
    /// <param name="trains">Whether the positions of patches begin after the longest text in the micro-batch, as in the published training code.</param>
    private Tensor Distance(LatentBatch batch, BatchRandom random, double dropped, bool trains)
    {
        using var precision = (trainer.GradientAccumulateEvery == 1 ? Amp : trainer.Amp).Use(device); // accumulated gradients are not recorded
        var x0 = traits is null ? batch.Latents : model.Normalized(batch.Latents);
        if (random.Share is not null)
        {
            batch.RequireSize(ShapeOf(Shape, traits));
        }

        var levels = own.Diffusion.Levels.Sample(own.Diffusion.Timesteps, x0.shape[0], random);
        var noise = random.Normal(x0.shape).to(device);
        var condition = ConditionOf(batch);
        var drop = random.Uniform(x0.shape[0]).lt(dropped).to(device);
        condition = condition with
        {
            Absent = condition.Absent is null ? null : condition.Absent | drop, Images = batch.Images, Sizes = batch.Sizes,
            Longest = trains && condition.TextPresent?.Eager is Tensor present ? random.Share.GatherAll(present.sum(1)).max() : null,
        };
        return loss.Compute(x0, noise, levels, x => model.Predict(x, tensor(levels).to(device), condition),
            batch.Sizes is null || own.Diffusion.MotionWeight == 0 ? batch.Valid() : throw ModelErrors.SeveralSizes());
    }

    private SamplingStart? Start(DenoisingPlan plan) =>
        (plan.Start as SourceClipStart)?.Start(plan.Shape, own.Diffusion.Timesteps, device) is not SamplingStart pixels ? null
        : codec is not null ? pixels with { Clips = model.Normalized(codec.Encode((pixels.Clips + 1) / 2)) }
        : IsHalf ? pixels with { Clips = pixels.Clips / 2 }
        : pixels;
}

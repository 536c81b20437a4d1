using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>Learns to denoise clips, given their captions; makes videos from prompts.</summary>
public sealed class DiffusionTask : ITrainingTask
{
    private readonly RunConfig config;
    private readonly Device device;
    private readonly Conditioner conditioner;
    private readonly TextToVideo model;
    private readonly DenoisingLoss loss;

    private DiffusionTask(RunConfig config, ITextEncoder? encoder, Device device)
    {
        this.config = config;
        this.device = device;
        conditioner = new Conditioner(config.Model, encoder, device);
        model = new TextToVideo(new UNet3D(UNet3DOptions.From(config.Model, conditioner.Width)), conditioner.Learned).to(device);
        loss = DenoisingLoss.From(config.Diffusion);
    }

    public nn.Module Model => model;

    public IReadOnlyDictionary<string, string> Metadata => conditioner.Metadata;

    /// <summary>Whether the model was made to follow prompts.</summary>
    public bool TakesText => conditioner.TakesText;

    /// <summary>A task with new weights, drawn from the default generator.</summary>
    /// <param name="captions">All captions of the data, for the vocabulary of a learned text encoder.</param>
    /// <exception cref="TinySoraException">See <see cref="TextEncoders.Create"/>.</exception>
    public static DiffusionTask Create(RunConfig config, IEnumerable<string?> captions, Device device) =>
        new(config, TextEncoders.Create(config, captions, device), device);

    /// <summary>A task of the shape that a checkpoint was saved with; its weights are loaded into <see cref="Model"/> by the caller.</summary>
    /// <param name="metadata">The checkpoint's.</param>
    /// <param name="moreCaptions">Captions of other data, to be fine-tuned on.</param>
    /// <exception cref="TinySoraException">See <see cref="TextEncoders.Restore"/>.</exception>
    public static DiffusionTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IEnumerable<string?>? moreCaptions = null) =>
        new(config, TextEncoders.Restore(config, metadata, device, moreCaptions), device);

    /// <inheritdoc cref="EmbeddingCache.Prepare"/>
    public string? PrepareCaptions(
        IEnumerable<string?> captions, string folder, IProgress<DataProgress>? progress, CancellationToken cancellation) =>
        conditioner.Prepare(captions, folder, progress, cancellation);

    /// <summary>Mean distance of what the network predicts from what it should, at uniformly drawn noise levels.</summary>
    public Tensor Loss(Batch batch, Generator generator)
    {
        using var precision = Precision.Use(config.Trainer.Amp, device);
        var x0 = batch.Clips * 2 - 1;
        var count = x0.shape[0];
        var t = randint(0, config.Diffusion.Timesteps, [count], ScalarType.Int64, generator.device, generator: generator).cpu();
        var noise = randn(x0.shape, ScalarType.Float32, generator.device, generator: generator).to(device);
        var condition = conditioner.Of(batch);
        var dropped = Chance(count, config.Trainer.CondDropProb, generator).logical_or(condition.Absent);
        var focus = config.Trainer.ProbFocusPresent > 0 ? Chance(count, config.Trainer.ProbFocusPresent, generator) : null;

        return loss.Of(
            x0, noise, t.data<long>().ToArray(), x => model.Predict(x, t.to(device), condition.Vectors, dropped, focus));
    }

    /// <summary>Videos for prompts, with the weights that the model has now.</summary>
    /// <param name="stepDone">Told the number of sampling steps done.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], on the CPU.</returns>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.SeedCount, OnePerVideo, StepsOutOfRange, TakesNoText, WeightsNeedMean;
    /// TinySora.Generation.BadWeight, UnpairedParenthesis; and those of <see cref="Resolve"/>.
    /// </exception>
    public Tensor Sample(SampleRequest request, IProgress<int>? stepDone, CancellationToken ct)
    {
        if (request.Prompts.Count != request.Seeds.Count)
        {
            throw ModelErrors.SeedCount(request.Prompts.Count, request.Seeds.Count);
        }

        request = Resolve(request);
        var diffusion = config.Diffusion;
        var process = new ReverseProcess(
            loss.Schedule,
            loss.Objective,
            Samplers.Get(request.Sampler!, request.Eta),
            request.Steps!.Value,
            diffusion.UseDynamicThres ? diffusion.DynamicThresPercentile : null);
        var scale = request.GuidanceScale!.Value;

        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var precision = Precision.UseFixed(config.Trainer.Amp, device);
        using var noise = new NoiseSource(
            request.Seeds, [config.Model.Channels, diffusion.NumFrames, diffusion.ImageSize, diffusion.ImageSize], device);
        var (prompt, negative) = (conditioner.Of(request), conditioner.Negative(request));
        var start = request.Between?.Start(ClipShape.Of(config), diffusion.Timesteps, device);
        return process.Run((x, t) => model.PredictGuided(x, t, prompt, negative, scale), noise.Draw, start, stepDone, ct)
            .cpu()
            .MoveToOuterDisposeScope();
    }

    /// <summary>A request with what it leaves open filled in from the configuration.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.UnknownSampler, EtaUnused, EtaOutOfRange, TakesNoVectors, VectorWidth; TinySora.Generation.MixOutOfRange,
    /// InterpolationNoise.
    /// </exception>
    public SampleRequest Resolve(SampleRequest request)
    {
        var diffusion = config.Diffusion;
        var sampler = Samplers.Get(request.Sampler ?? diffusion.Sampler, request.Eta);
        request.Between?.Check();
        conditioner.CheckVectors(request);

        // Steps that the configuration names are meant for its own sampler, and for the whole way.
        var configured = sampler.Name == diffusion.Sampler ? diffusion.SamplingSteps : null;
        var levels = request.Between?.LevelOf(diffusion.Timesteps) + 1 ?? diffusion.Timesteps;
        return request with
        {
            Sampler = sampler.Name,
            Steps = request.Steps ?? Math.Min(levels, configured ?? sampler.DefaultSteps(diffusion.Timesteps)),
            Eta = request.Eta ?? (sampler is DdimSampler ? diffusion.DdimEta : null),
            GuidanceScale = request.GuidanceScale ?? diffusion.GuidanceScale,
        };
    }

    /// <summary>Words of a prompt that the model has never seen; empty for encoders with an open vocabulary.</summary>
    public IReadOnlyList<string> UnknownWords(string prompt) => conditioner.UnknownWords(prompt);

    public void Dispose()
    {
        model.Dispose();
        conditioner.Dispose();
    }

    private Tensor Chance(long count, double probability, Generator generator) =>
        rand([count], ScalarType.Float32, generator.device, generator: generator).lt(probability).to(device);
}

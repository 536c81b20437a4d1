using System.Diagnostics;
using System.Security.Cryptography;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Text;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>Prompts to video files with one checkpoint, which is loaded once.</summary>
public sealed class VideoGenerator : IDisposable
{
    /// <summary>Clips sampled in one batch: enough to fill the processor, few enough for memory and for progress.</summary>
    internal const int BatchSize = 16;

    /// <summary>As the published generate command writes.</summary>
    private const int FrameMilliseconds = 100;

    private readonly DiffusionTask task;
    private readonly RunConfig config;
    private readonly Device device;
    private readonly Lazy<string> modelHash;

    /// <summary>Files of this session, so that two prompts which begin alike do not end up in one.</summary>
    private readonly HashSet<string> written = [];

    private VideoGenerator(DiffusionTask task, CheckpointInfo checkpoint, RunConfig config, Device device)
    {
        this.task = task;
        this.config = config;
        this.device = device;
        Checkpoint = checkpoint;
        modelHash = new(() => EngineThread.Run(() => Generation.ModelHash.Compute(task.Model, task.Metadata, config)));
    }

    public CheckpointInfo Checkpoint { get; }

    /// <summary>The model's name by content, see <see cref="Recipe.ModelHash"/>; computed when it is first asked for.</summary>
    public string ModelHash => modelHash.Value;

    /// <summary>Whether prompts matter to the model.</summary>
    public bool TakesText => task.TakesText;

    /// <summary>Loads the averaged weights of a checkpoint, or of the newest readable one in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and the like; NoSuchGpu.</exception>
    public static VideoGenerator Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        var chosen = DeviceChoice.Resolve(device);
        var config = TextEncoders.Near(checkpoint.Info.Path, checkpoint.Config);
        var task = DiffusionTask.Restore(config, checkpoint.TaskMetadata, chosen);
        try
        {
            checkpoint.LoadWeights(task.Model, averaged: true);
            task.Model.eval();
            return new VideoGenerator(task, checkpoint.Info, checkpoint.Config, chosen);
        }
        catch
        {
            task.Dispose();
            throw;
        }
    });

    /// <summary>Samples the videos of one request, writing and yielding each as soon as it is there.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <exception cref="TinySoraException">
    /// Before any work: EmptyPrompt, NoCondition, PromptTooLong, BadWeight, UnpairedParenthesis, BadGuidance, BadCount, BadBatch, OtherClip,
    /// UnknownFormat, OutputExists, FFmpegMissing, TakesNoText, TakesNoVectors, VectorWidth, UnknownSampler and the other errors of settings.
    /// </exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public IEnumerable<GeneratedVideo> Generate(
        GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var plan = BatchPlan.For(request);
        var settings = Settings(request);
        var recipe = Recipe(request, settings);
        var unknown = task.UnknownWords(recipe.Prompt ?? "").Concat(task.UnknownWords(recipe.NegativePrompt ?? "")).Distinct().ToList();
        var paths = OutputFile.Paths(request, written);
        if (!request.Force && paths.FirstOrDefault(File.Exists) is string existing)
        {
            throw GenerationErrors.OutputExists(existing);
        }

        if (ClipFile.IsVideo(paths[0]))
        {
            FFmpeg.Find();
        }

        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(paths[0]))!);
        written.UnionWith(paths);
        return SampleAndWrite(recipe, settings, plan, paths, unknown, progress, cancellation);
    }

    public void Dispose() => EngineThread.Run(task.Dispose);

    /// <summary>Samples the clips of a request one batch after the other; nothing is written.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <returns>Each clip with its share of the sampling time.</returns>
    public IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        SampleRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Sample(request, BatchSize, progress, cancellation);

    private IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        SampleRequest request, int batchSize, IProgress<double>? progress, CancellationToken cancellation)
    {
        var resolved = task.Resolve(request);
        var count = request.Prompts.Count;
        for (var done = 0; done < count; done += batchSize)
        {
            var size = Math.Min(batchSize, count - done);
            var clock = Stopwatch.StartNew();
            var batch = resolved.Slice(done, size);
            var steps = new StepProgress(progress, (double)done / count, (double)size / count / batch.Steps!.Value);
            var clips = EngineThread.Run(() =>
            {
                using var scope = NewDisposeScope();
                var videos = task.Sample(batch, steps, cancellation);
                return Enumerable.Range(0, size).Select(index => ClipTensor.FromTensor(videos[index], FrameMilliseconds)).ToList();
            });
            var share = clock.Elapsed / size;
            foreach (var clip in clips)
            {
                yield return (clip, share);
            }
        }
    }

    /// <summary>What the request asks for and the configuration adds; prompts and seeds are still missing.</summary>
    private SampleRequest Settings(GenerationRequest request)
    {
        if (TakesText && request.Between is null && string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw GenerationErrors.EmptyPrompt();
        }

        if (config.Model.VectorWidth is int width && request.Between is null && request.Condition is null)
        {
            throw GenerationErrors.NoCondition(width);
        }

        if (!TakesText && !string.IsNullOrWhiteSpace(request.NegativePrompt))
        {
            throw ModelErrors.TakesNoText("A negative prompt");
        }

        if (request.GuidanceScale is double scale && !double.IsFinite(scale))
        {
            throw GenerationErrors.BadGuidance(scale);
        }

        return task.Resolve(new SampleRequest([], [], request.GuidanceScale, request.Steps, request.Sampler)
        {
            Vectors = request.Condition is null ? null : [request.Condition],
            Eta = request.Eta,
            Between = request.Between?.Read(ClipShape.Of(config)),
        });
    }

    /// <summary>The recipe of the request's first video; its place in a batch is left open.</summary>
    private Recipe Recipe(GenerationRequest request, SampleRequest settings)
    {
        var shape = ClipShape.Of(config);
        var recipe = new Recipe
        {
            ModelHash = ModelHash,
            Checkpoint = Checkpoint.Path,
            Step = Checkpoint.Step,
            Prompt = Given(request.Prompt),
            NegativePrompt = Given(request.NegativePrompt),
            Condition = request.Condition,
            Seed = request.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Sampler = settings.Sampler!,
            Steps = settings.Steps!.Value,
            Eta = settings.Eta,
            GuidanceScale = settings.GuidanceScale!.Value,
            From = request.Between?.From,
            FromHash = settings.Between is null ? null : ClipPair.Hash(settings.Between.From, shape),
            To = request.Between?.To,
            ToHash = settings.Between is null ? null : ClipPair.Hash(settings.Between.To, shape),
            Mix = settings.Between?.Mix,
            Noise = settings.Between?.Noise,
            TinySoraVersion = typeof(Recipe).Assembly.GetName().Version!.ToString(3),
            TorchFlavor = TorchBuild.Flavor,
            LibTorchVersion = TorchBuild.Version,
            DeviceType = device.type.ToString().ToLowerInvariant(),
            Precision = config.Trainer.Amp && Models.Precision.IsBFloat16Fast(device) ? "bfloat16" : "float32",
        };
        return RecipeText.Write(recipe).Length <= RecipeText.LongestText ? recipe : throw GenerationErrors.PromptTooLong();

        static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
    }

    private IEnumerable<GeneratedVideo> SampleAndWrite(
        Recipe first, SampleRequest settings, BatchPlan plan, IReadOnlyList<string> paths, IReadOnlyList<string> unknown,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        var samples = settings with
        {
            Prompts = [.. Enumerable.Repeat(first.Prompt, plan.Clips)],
            Seeds = [.. Enumerable.Range(0, plan.Clips).Select(index => first.Seed - plan.Skipped + index)],
            NegativePrompts = [.. Enumerable.Repeat(first.NegativePrompt, plan.Clips)],
            Vectors = first.Condition is null ? null : [.. Enumerable.Repeat(first.Condition, plan.Clips)],
        };
        var index = 0;
        foreach (var (clip, elapsed) in Sample(samples, plan.BatchSize, progress, cancellation))
        {
            if (plan.IsWanted(index))
            {
                var (length, place) = plan.BatchOf(index);
                var recipe = first with { Seed = samples.Seeds[index], BatchLength = length, BatchIndex = place };
                var path = paths[index - plan.Skipped];
                Write(path, clip, recipe);
                yield return new GeneratedVideo(recipe, path, clip, elapsed) { UnknownWords = unknown };
            }

            index++;
        }
    }

    private static void Write(string path, Clip clip, Recipe recipe)
    {
        var image = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)
            ? ContactSheet.Draw([(clip, recipe.Prompt ?? "")])
            : clip;
        ClipFile.Write(path, image, RecipeText.Write(recipe));
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GenerationErrors.CannotWrite(folder, e);
        }
    }

    /// <summary>Turns sampling steps into a share of the whole request, at once and on the thread that reports.</summary>
    private sealed class StepProgress(IProgress<double>? whole, double start, double perStep) : IProgress<int>
    {
        public void Report(int value) => whole?.Report(start + (value * perStep));
    }
}

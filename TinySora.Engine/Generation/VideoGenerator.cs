using System.Diagnostics;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Text;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>Prompts to video files with one checkpoint, which is loaded once.</summary>
public sealed class VideoGenerator : IDisposable
{
    /// <summary>As the published generate command writes.</summary>
    private const int FrameMilliseconds = 100;

    /// <summary>The same model on each device.</summary>
    private readonly IReadOnlyList<DiffusionTask> replicas;
    private readonly RequestPlanner planner;
    private readonly Lazy<string> modelHash;

    private VideoGenerator(IReadOnlyList<DiffusionTask> replicas, CheckpointInfo checkpoint, RunConfig config, Device device)
    {
        this.replicas = replicas;
        Checkpoint = checkpoint;
        planner = new RequestPlanner(this, replicas[0], config);
        Conditions = SamplingConditions.Of(config.Trainer.Amp, device);
        modelHash = new(() => EngineThread.Run(() => Generation.ModelHash.Compute(replicas[0].Model, replicas[0].Metadata, config)));
    }

    public CheckpointInfo Checkpoint { get; }

    /// <summary>The model's name by content, see <see cref="Recipe.ModelHash"/>; computed when it is first asked for.</summary>
    public string ModelHash => modelHash.Value;

    /// <summary>What the last bits of its videos depend on beside their recipes.</summary>
    public SamplingConditions Conditions { get; }

    /// <summary>Whether prompts matter to the model.</summary>
    public bool TakesText => replicas[0].TakesText;

    /// <summary>GPUs that it can sample on side by side; 1 on the processor.</summary>
    public int Lanes => replicas.Count;

    /// <summary>Loads the averaged weights of a checkpoint, or of the newest readable one in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <param name="mostGpus">How many GPUs to load the model on, where the device is auto or cuda.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and the like; NoSuchGpu.</exception>
    public static VideoGenerator Open(string checkpointFileOrFolder, string device = "auto", int mostGpus = 1) =>
        Open(checkpointFileOrFolder, () => DeviceChoice.Several(device, mostGpus));

    internal static VideoGenerator Open(string checkpointFileOrFolder, Func<IReadOnlyList<Device>> devices) => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        var chosen = devices();
        var config = TextEncoders.Near(checkpoint.Info.Path, checkpoint.Config);
        var replicas = new List<DiffusionTask>();
        try
        {
            foreach (var device in chosen)
            {
                replicas.Add(DiffusionTask.Restore(config, checkpoint.TaskMetadata, device));
                checkpoint.LoadWeights(replicas[^1].Model, averaged: true);
                replicas[^1].Model.eval();
            }

            return new VideoGenerator(replicas, checkpoint.Info, checkpoint.Config, chosen[0]);
        }
        catch
        {
            replicas.ForEach(replica => replica.Dispose());
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
        var batcher = new RequestBatcher(Lanes);
        batcher.Add(this, request);
        return batcher.Make(all: true, progress, cancellation).Select(outcome =>
        {
            if (outcome.Failure is not null)
            {
                ExceptionDispatchInfo.Throw(outcome.Failure);
            }

            return outcome.Video!;
        });
    }

    public void Dispose() => EngineThread.Run(() =>
    {
        foreach (var replica in replicas)
        {
            replica.Dispose();
        }
    });

    /// <summary>Samples the clips of a request one batch after the other; nothing is written.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <returns>Each clip with its share of the sampling time.</returns>
    public IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        SampleRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var resolved = replicas[0].Resolve(request);
        var count = request.Prompts.Count;
        for (var done = 0; done < count; done += ClipBatch.MostClips)
        {
            var size = Math.Min(ClipBatch.MostClips, count - done);
            var clock = Stopwatch.StartNew();
            var steps = new StepProgress(progress, (double)done / count, (double)size / count / resolved.Steps!.Value);
            var clips = Sample(resolved.Slice(done, size), 0, Conditions.Threads, steps, cancellation);
            var share = clock.Elapsed / size;
            foreach (var clip in clips)
            {
                yield return (clip, share);
            }
        }
    }

    /// <summary>The clips of one batch.</summary>
    /// <param name="lane">Which of its devices and threads; those that it lacks are its last.</param>
    /// <param name="threads">How many, while this lasts; null: on a GPU, where it does not matter.</param>
    internal IReadOnlyList<Clip> Sample(SampleRequest batch, int lane, int? threads, IProgress<int>? steps, CancellationToken cancellation)
    {
        lane = Math.Min(lane, replicas.Count - 1);
        return EngineThread.Run(lane, () =>
        {
            using var scope = NewDisposeScope();
            var own = get_num_threads();
            try
            {
                set_num_threads(threads ?? own);
                var videos = replicas[lane].Sample(batch, steps, cancellation);
                return Enumerable.Range(0, batch.Seeds.Count).Select(index => ClipTensor.FromTensor(videos[index], FrameMilliseconds)).ToList();
            }
            finally
            {
                set_num_threads(own);
            }
        });
    }

    /// <inheritdoc cref="RequestPlanner.Plan"/>
    internal IReadOnlyList<PlannedClip> Plan(GenerationRequest request, ISet<string> taken) => planner.Plan(request, taken);

    /// <summary>Turns sampling steps into a share of the whole request, at once and on the thread that reports.</summary>
    private sealed class StepProgress(IProgress<double>? whole, double start, double perStep) : IProgress<int>
    {
        public void Report(int value) => whole?.Report(start + (value * perStep));
    }
}

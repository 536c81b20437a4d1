using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Media;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>Generates clips with a checkpoint, which is loaded only once.</summary>
public sealed class VideoGenerator : IDisposable
{
    /// <summary>The loaded model on each device.</summary>
    private readonly IReadOnlyList<LoadedModel> replicas;
    private readonly IReadOnlyList<IVideoModel> videos;

    private VideoGenerator(IReadOnlyList<LoadedModel> replicas, SettingSchema settings, TextList<string>? adapters)
    {
        (this.replicas, Settings, Adapters) = (replicas, settings, adapters);
        videos = [.. replicas.Select(replica => replica.Video())];
        Conditions = SamplingConditions.Current(videos[0].Amp, replicas[0].Device);
    }

    public CheckpointInfo Checkpoint => replicas[0].Checkpoint;

    /// <summary>Set of weights that was loaded from the checkpoint.</summary>
    public CheckpointWeights Weights => replicas[0].Weights;

    /// <summary>Names and strengths of the adapters, as in a recipe; <c>null</c> if there are none.</summary>
    public TextList<string>? Adapters { get; }

    /// <inheritdoc cref="LoadedModel.Hash"/>
    public string ModelHash => replicas[0].Hash;

    /// <summary>Conditions of this process that affect rounding in videos, in addition to the settings in the recipe.</summary>
    public SamplingConditions Conditions { get; }

    /// <summary>Sampling settings that the model accepts.</summary>
    public SettingSchema Settings { get; }

    /// <summary>The model on the first device.</summary>
    public IVideoModel Video => videos[0];

    /// <summary>Number of GPUs on which batches are sampled simultaneously; 1 on the CPU.</summary>
    public int Lanes => replicas.Count;

    /// <summary>
    /// Checks, without loading the weights, that a checkpoint, or the newest readable one in a folder, contains a model that generates videos.
    /// </summary>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and similar errors; MakesNoVideos.</exception>
    public static CheckpointInfo Check(string checkpointFileOrFolder)
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        SettingsOf(checkpoint);
        return checkpoint.Info;
    }

    /// <summary>Loads the weights of a checkpoint, or of the newest readable one in a folder.</summary>
    /// <param name="device">Device: auto, cpu, cuda or cuda:N.</param>
    /// <param name="maxGpus">Maximum number of GPUs to load the model on if the device is auto or cuda.</param>
    /// <param name="adapters">Adapters to use with the model; <c>null</c> for none.</param>
    /// <exception cref="TinySoraException">
    /// NotFound, NoneInFolder, Damaged and similar errors; MakesNoVideos; OneSetOfWeights; NoSuchGpu; NotAnAdapter, OtherBase.
    /// </exception>
    public static VideoGenerator Open(
        string checkpointFileOrFolder, string device = "auto", int maxGpus = 1, CheckpointWeights weights = CheckpointWeights.Averaged,
        IReadOnlyList<AppliedAdapter>? adapters = null) =>
        Open(checkpointFileOrFolder, () => DeviceChoice.ResolveMultiple(device, maxGpus), weights, adapters);

    internal static VideoGenerator Open(
        string checkpointFileOrFolder, Func<IReadOnlyList<Device>> devices, CheckpointWeights weights = CheckpointWeights.Averaged,
        IReadOnlyList<AppliedAdapter>? adapters = null) => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder, adapters);
        var settings = SettingsOf(checkpoint);
        var replicas = new List<LoadedModel>();
        try
        {
            foreach (var device in devices())
            {
                replicas.Add(LoadedModel.Open(checkpoint, device, weights));
            }

            return new VideoGenerator(replicas, settings, checkpoint.AdapterNames);
        }
        catch
        {
            replicas.ForEach(replica => replica.Dispose());
            throw;
        }
    });

    /// <summary>Returns the number of frames per clip that the model was trained with if a request exceeds it; otherwise <c>null</c>.</summary>
    public int? FramesBeyond(GenerationRequest request) => Requested(request, Setting.Frames) > Video.Shape.Frames ? Video.Shape.Frames : null;

    /// <summary>Returns the height and width of the clips that the model was trained with if a request exceeds one of them; otherwise <c>null</c>.</summary>
    public (int Height, int Width)? SizeBeyond(GenerationRequest request) =>
        Requested(request, Setting.Height) > Video.Shape.Height || Requested(request, Setting.Width) > Video.Shape.Width
            ? (Video.Shape.Height, Video.Shape.Width) : null;

    public void Dispose() => EngineThread.Run(() =>
    {
        foreach (var replica in replicas)
        {
            replica.Dispose();
        }
    });

    /// <summary>Samples clips in consecutive batches, without writing files.</summary>
    /// <param name="settings">Sampling settings by name that override the model's defaults.</param>
    /// <param name="progress">Object that receives the completed fraction of the work, from 0 to 1, on the engine thread.</param>
    /// <returns>The clips in order, each with its share of the batch's sampling time.</returns>
    /// <exception cref="TinySoraException">NotTaken and other errors caused by settings.</exception>
    public IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        IReadOnlyList<ClipPrompt> prompts, IReadOnlyDictionary<string, object>? settings = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var plan = Video.Resolve(new GenerationSettings { Values = Settings.Read(settings ?? new Dictionary<string, object>()) });
        var share = new BatchProgress(progress, prompts.Count);
        foreach (var batch in prompts.Chunk(ClipBatch.MaxClips))
        {
            var clock = Stopwatch.StartNew();
            var clips = Sample(plan, batch, 0, Conditions.Threads, share.Of(batch.Length, plan.Units), cancellation);
            var elapsed = clock.Elapsed / batch.Length;
            foreach (var clip in clips)
            {
                yield return (clip, elapsed);
            }
        }
    }

    /// <summary>Samples the clips of one batch.</summary>
    /// <param name="lane">Index of the device and of the engine thread. An index past the end selects the last device.</param>
    /// <param name="threads">Number of CPU threads during sampling; <c>null</c> on a GPU, where it has no effect.</param>
    internal IReadOnlyList<Clip> Sample(
        SamplingPlan plan, IReadOnlyList<ClipPrompt> batch, int lane, int? threads, ISamplingObserver? observer, CancellationToken cancellation)
    {
        lane = Math.Min(lane, replicas.Count - 1);
        return EngineThread.Run(lane, () =>
        {
            using var scope = NewDisposeScope();
            var sampled = videos[lane].Sample(plan, batch, observer, cancellation);
            return Enumerable.Range(0, batch.Count).Select(index => ClipTensor.FromTensor(sampled[index], plan.FrameMilliseconds)).ToList();
        }, threads);
    }

    private static SettingSchema SettingsOf(Checkpoint checkpoint) =>
        checkpoint.Family.Settings(checkpoint.Config) ?? throw GenerationErrors.MakesNoVideos(checkpoint.Info.Path, checkpoint.Family.Name);

    private int? Requested(GenerationRequest request, string name) => request.Settings.TryGetValue(name, out var value)
        ? Settings.Settings.FirstOrDefault(setting => setting.Name == name)?.Read(value) as int? : null;
}

using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// The parts of training that depend on the model. The trainer does everything else: optimizer, EMA, precision, gradient accumulation and clipping,
/// checkpoints, resuming, metrics and cancellation.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Module with all trained parameters. The parameters' names become <c>model.*</c> and <c>ema.*</c> in a checkpoint.</summary>
    nn.Module Model { get; }

    /// <summary>Checkpoint metadata that is required to rebuild the model, such as a vocabulary.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Floating-point operations spent on training the model's frozen parts, such as its autoencoder; <c>null</c> if unknown.
    /// </summary>
    double? PrerequisiteFlops { get; }

    /// <summary>Groups of parameters that are updated separately, in the order of their updates in a step. Most models have a single group.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The model as a generator of videos; <c>null</c> if it cannot generate videos.</summary>
    IVideoModel? Video { get; }

    /// <summary>The model as an autoencoder; <c>null</c> if it is not one. An autoencoder's training examples are clips (<see cref="ClipBatch"/>).</summary>
    IClipCodec? Codec { get; }

    /// <summary>Networks of the model that can be exported to ONNX; empty if no network can be exported.</summary>
    IReadOnlyList<NetworkGraph> Graphs { get; }

    /// <summary>Why the passes of the last step were not replayed from a recording, which would be faster; <c>null</c> if they were.</summary>
    string? RecordingProblem { get; }

    /// <summary>Files that a run keeps next to its checkpoints; <c>null</c> if it keeps no such files.</summary>
    IRunFiles? Files { get; }

    /// <summary>
    /// Returns the loss on one micro-batch. All randomness must come from the context's generator, so that a step is a pure function of the weights, the
    /// batch and the seed. The loss is a mean over examples, so that the losses of several processes add up. Buffers may change, and are restored if the
    /// step is discarded.
    /// </summary>
    /// <param name="group">Index of the parameter group to update in <see cref="Groups"/>.</param>
    StepLoss Loss(Batch batch, int group, StepContext context);

    /// <summary>Returns the mean loss of the best possible model with complete captions; <c>null</c> if it is unknown, as for all but shapes.</summary>
    double? SmallestLoss(IExamples data);

    IReadOnlyList<string> ValidationMetrics { get; }

    /// <summary>Measures the model in its current state on validation examples.</summary>
    /// <param name="batches">All batches, in order. The caller disposes each of them.</param>
    /// <returns>One value per name in <see cref="ValidationMetrics"/>; checkpoints store them with the prefix <c>val.</c>.</returns>
    IReadOnlyDictionary<string, double> Validate(IEnumerable<Batch> batches);

    /// <summary>Prepares the model for the training data. Called once, before the first step.</summary>
    /// <returns>A note for the user; <c>null</c> if there is nothing to report.</returns>
    string? Prepare(IExamples data, IProgress<ItemProgress>? progress, CancellationToken cancellation);
}

/// <param name="Step">Number of optimizer steps completed before this one.</param>
/// <param name="StepsPerEpoch">Number of optimizer steps per pass over the training data.</param>
/// <param name="Generator">Generator of all random numbers in the step, on the model's device.</param>
public sealed record StepContext(int Step, int StepsPerEpoch, Generator Generator)
{
    public long MicroBatch { get; init; }

    /// <summary>Examples of the micro-batch that this process handles; <c>null</c> for all examples.</summary>
    public BatchShare? Share { get; init; }

    /// <summary>Random numbers of the step, with a separate stream for each example.</summary>
    public BatchRandom Random => new(Generator, Share);
}

/// <param name="Total">The loss to minimize, a scalar with a gradient.</param>
public sealed record StepLoss(Tensor Total)
{
    public IReadOnlyList<(string Name, Tensor Value)> Scalars { get; init; } = [];
}

/// <summary>Parameters with their own optimizer and their own updates.</summary>
/// <param name="Name">Name of the group in messages and metrics.</param>
/// <param name="Contains">Returns whether the parameter with a given name belongs to the group. Every parameter belongs to exactly one group.</param>
public sealed record ParameterGroup(string Name, Func<string, bool> Contains)
{
    /// <summary>Step of the first update. Until then, the parameters are frozen. The first group is always updated from step 0.</summary>
    public int StartStep { get; init; }

    /// <summary>Number of steps between updates. 1 means that the group is updated in every step, as the first group always is.</summary>
    public int StepInterval { get; init; } = 1;

    public static ParameterGroup All { get; } = new("model", _ => true);
}

/// <summary>Files that a run keeps next to its checkpoints, under the names that the published code uses.</summary>
public interface IRunFiles
{
    /// <summary>Loads weights from the folder of a new run.</summary>
    /// <returns>A sentence that describes the loaded weights; <c>null</c> if none were found.</returns>
    string? Load(string folder);

    /// <summary>Writes the model's current weights. Called after each checkpoint.</summary>
    void Save(string folder);

    /// <summary>
    /// Returns the path of the sample image with a given number, counted from 0, relative to the run's folder; <c>null</c> for the default name.
    /// </summary>
    string? GetPicturePath(int number);
}

/// <summary>A network of a model that can be exported to ONNX.</summary>
/// <param name="Name">Suffix of the network's file name; <c>null</c> for the model's main network.</param>
/// <param name="Write">Adds the network's inputs, operators and outputs to a graph.</param>
public sealed record NetworkGraph(string? Name, Action<OnnxGraph> Write)
{
    /// <summary>Key of the graph metadata that describes the sampling procedure, as JSON.</summary>
    public const string SamplingKey = "sampling";

    /// <summary>Name of the graph that decodes the result x of sampling to clips (batch, C, F, H, W) in [0, 1].</summary>
    public const string Decoder = "decoder";
}

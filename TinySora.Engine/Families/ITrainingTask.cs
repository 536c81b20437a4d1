using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// A model as the one trainer sees it. Everything else (optimizer, EMA, precision, accumulation, clipping, checkpoints, resume,
/// metrics, cancellation) is written once, in the trainer.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Everything that is trained; its parameter names become <c>model.*</c> and <c>ema.*</c> in a checkpoint.</summary>
    nn.Module Model { get; }

    /// <summary>Text that the model cannot be rebuilt without (a vocabulary, say); travels in the checkpoint's metadata.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Floating-point operations that training took of what the model stands on and does not train itself: its autoencoder. Null: not known.
    /// </summary>
    double? FlopsBefore { get; }

    /// <summary>The parts that are trained against each other or apart, in the order of their turns within a step; one in most models.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The model as a maker of videos; null: it makes none.</summary>
    IVideoModel? Video { get; }

    /// <summary>The model as a maker of latents; null: it makes none. The examples that it trains on are then clips (<see cref="ClipBatch"/>).</summary>
    IClipCodec? Codec { get; }

    /// <summary>The networks of the model that can be written as graphs of ONNX; empty: none can.</summary>
    IReadOnlyList<NetworkGraph> Graphs { get; }

    /// <summary>What a run keeps beside its checkpoints; null: nothing.</summary>
    IRunFiles? Files { get; }

    /// <summary>
    /// The loss of one micro-batch. All randomness comes from the context's generator, so that a step is a pure function of weights,
    /// batch and seed; it is a mean over examples, so that those of the processes that share the micro-batch add up. Buffers may be
    /// changed: they get their values back when the step does not count.
    /// </summary>
    /// <param name="group">The one of <see cref="Groups"/> whose parameters follow its gradient.</param>
    StepLoss Loss(Batch batch, int group, StepContext context);

    IReadOnlyList<string> Measured { get; }

    /// <summary>Measures the model, in the state in which it is, on examples that it is not trained on.</summary>
    /// <param name="batches">All of them, in order; each is disposed by the caller.</param>
    /// <returns>A value for each name in <see cref="Measured"/>; a checkpoint has them with the prefix <c>val.</c>.</returns>
    IReadOnlyDictionary<string, double> Validate(IEnumerable<Batch> batches);

    /// <summary>Prepares the data for the steps; called once, before the first.</summary>
    /// <returns>What the user should know; null: nothing.</returns>
    string? Prepare(IExamples data, IProgress<ItemProgress>? progress, CancellationToken cancellation);
}

/// <param name="Step">Optimizer steps completed before this one.</param>
/// <param name="StepsPerEpoch">Optimizer steps of one pass over the data.</param>
/// <param name="Generator">Of all randomness, on the device of the model.</param>
public sealed record StepContext(int Step, int StepsPerEpoch, Generator Generator)
{
    public long MicroBatch { get; init; }

    /// <summary>The examples of the micro-batch that are in the batch; null: all.</summary>
    public BatchShare? Share { get; init; }

    /// <summary>The random numbers that each example has of its own.</summary>
    public BatchRandom Random => new(Generator, Share);
}

/// <param name="Total">A scalar with a gradient: what is minimized.</param>
public sealed record StepLoss(Tensor Total)
{
    public IReadOnlyList<(string Name, Tensor Value)> Scalars { get; init; } = [];
}

/// <summary>Parameters that have an optimizer, and a turn in each step, of their own.</summary>
/// <param name="Name">For messages and metrics.</param>
/// <param name="Contains">Whether a parameter, by its name in the model, belongs to it. Each belongs to one group.</param>
public sealed record ParameterGroup(string Name, Func<string, bool> Contains)
{
    /// <summary>Steps before its first turn; until then nothing of it moves, and its optimizer counts from there. The first group has all turns.</summary>
    public int From { get; init; }

    /// <summary>Steps from one turn to the next: 1 where it has a turn in each. The first group has all turns.</summary>
    public int Every { get; init; } = 1;

    public static ParameterGroup All { get; } = new("model", _ => true);
}

/// <summary>Files that a run keeps beside its checkpoints, under the names that published code gives them.</summary>
public interface IRunFiles
{
    /// <summary>Loads the weights that lie in the folder of a new run.</summary>
    /// <returns>What was taken, a sentence; null: nothing was there.</returns>
    string? Take(string folder);

    /// <summary>Writes the weights of the model in its present state; called after each checkpoint.</summary>
    void Save(string folder);

    /// <summary>The path of a picture below the folder, by its number from 0; null: the usual name.</summary>
    string? Picture(int number);
}

/// <summary>A network of a model that other programs can run as a graph of ONNX.</summary>
/// <param name="Name">Tells its file from that of the model's other networks; null: it is what the model is about.</param>
/// <param name="Write">Writes operators, inputs and outputs.</param>
public sealed record NetworkGraph(string? Name, Action<OnnxGraph> Write)
{
    /// <summary>The metadata of a graph that says how clips are sampled with it, as JSON.</summary>
    public const string SamplingKey = "sampling";

    /// <summary>The name of the graph that makes pixels of what a sampled graph ends with: x to clips (batch, C, F, H, W) in [0, 1].</summary>
    public const string Decoder = "decoder";
}

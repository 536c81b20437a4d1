using System.Text.Json;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>
/// A small training of a whole system by the trainer, compared with plain PyTorch on the same weights, data and random numbers;
/// tests/reference/golden_runs.py describes the files.
/// </summary>
/// <param name="name">Name of the file Golden/runs/NAME.json.</param>
internal sealed class GoldenRun(string name)
{
    private const int Steps = 10;

    private readonly JsonElement golden = UNetGolden.Read(Path.Combine("runs", name + ".json"));
    private readonly List<string> differences = [];

    /// <summary>Prefix that our names of weights have and PyTorch's lack.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Relative tolerance of losses.</summary>
    public double LossTolerance { get; init; } = 5e-5;

    /// <summary>Relative tolerance of gradient norms; <c>null</c> to use that of losses.</summary>
    public double? NormTolerance { get; init; }

    /// <summary>Tolerance of the update of each weight tensor, relative to its length: Adam amplifies gradients that are nearly zero.</summary>
    public double WeightTolerance { get; init; } = 5e-3;

    /// <summary>Tolerance of a sample, relative to its largest value.</summary>
    public double SampleTolerance { get; init; } = 5e-5;

    /// <summary>Perturbs each initial weight by up to one float32 rounding, to imitate other processors; <c>null</c> for no perturbation.</summary>
    public int? Rounding { get; init; }

    /// <summary>Values that examples are built from.</summary>
    public static Tensor Noise(int seed, params long[] shape) => UNetGolden.Noise(seed, shape);

    /// <summary>Clips of the examples: pixels in [0, 1].</summary>
    public static ClipBatch Clips(IEnumerable<int> examples, params long[] shape)
    {
        var taken = examples.ToList();
        using var scope = NewDisposeScope();
        var clips = stack([.. taken.Select(k => (Noise(3000 + k, shape) + 1) / 2)]).MoveToOuterDisposeScope();
        return new(clips, new string?[taken.Count], [.. taken.Select(k => $"clip {k}")]);
    }

    /// <summary>Trains for ten steps, samples, and compares.</summary>
    /// <param name="examples">Number of examples; they are used in order, repeatedly.</param>
    /// <param name="load">Loads the micro-batch of the given examples.</param>
    /// <param name="sample">Called with the weights that the run would sample with: the averaged ones if the file has them.</param>
    public void Check(
        Func<ITrainingTask> create, TrainerConfig config, long seed, int examples, Func<int[], Batch> load, Func<ITrainingTask, Tensor> sample) =>
        EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            using var task = create();
            Fill(task.Model);
            Round(task.Model);
            using var state = new TrainingState(task, config);
            var first = Copies(state, group => group.Parameters.Values);
            var batches = new BatchSequence(
                examples, config.TrainBatchSize, seed, _ => [.. Enumerable.Range(0, examples)], visits => load([.. visits.Select(visit => visit.Index)]));
            var steps = Train(observer => new Trainer(task, config, batches, state, seed, observer, default)
            {
                Limits = new(Steps), Outputs = new() { Save = () => "none" },
            });
            Near("losses", LossTolerance, [.. steps.Select(step => step.Loss)]);
            Near("norms", NormTolerance ?? LossTolerance, [.. steps.Select(step => step.GradientNorm)]);
            Weights("weights", first, Copies(state, group => group.Parameters.Values), config.TrainLr);
            if (golden.TryGetProperty("average", out _))
            {
                Weights("average", first, Copies(state, group => group.Average), config.TrainLr);
                state.Ema.Apply(() => Sampled(sample(task)));
            }
            else
            {
                using var nothing = no_grad();
                task.Model.eval();
                Sampled(sample(task));
            }

            Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
        });

    private static List<TrainingStep> Train(Func<ITrainingObserver, Trainer> trainer)
    {
        var observer = new RecordingObserver();
        Assert.Equal(RunState.Completed, trainer(observer).Run().Reason);
        Assert.Equal(Enumerable.Range(1, Steps), observer.Logged.Select(step => step.Step));
        return observer.Logged;
    }

    /// <summary>Fills parameter i, in the order of names, with noise i at a scale that keeps activations near one.</summary>
    private static void Fill(nn.Module model)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        foreach (var ((name, parameter), i) in Named(model).Select((item, i) => (item, i)))
        {
            var noise = Noise(i, parameter.shape);
            var isGain = (parameter.ndim == 1 && name.EndsWith("weight", StringComparison.Ordinal)) || name.EndsWith("gamma", StringComparison.Ordinal);
            parameter.copy_(isGain ? 1 + (noise * 0.2) : parameter.ndim > 1 ? noise * Math.Sqrt(2.0 * parameter.shape[0] / parameter.numel()) : noise * 0.1);
        }
    }

    private void Round(nn.Module model)
    {
        if (Rounding is not int seed)
        {
            return;
        }

        const double UnitRoundoff = 1.2e-7;
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        foreach (var (_, parameter) in Named(model))
        {
            var factors = new float[parameter.numel()];
            for (var i = 0; i < factors.Length; i++)
            {
                factors[i] = 1 + (float)(((random.NextDouble() * 2) - 1) * UnitRoundoff);
            }

            parameter.mul_(tensor(factors, parameter.shape));
        }
    }

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> Named(nn.Module model) =>
        TiedWeights.Distinct(model.named_parameters(), item => item.parameter).OrderBy(item => item.name, StringComparer.Ordinal);

    private Dictionary<string, Tensor> Copies(TrainingState state, Func<OptimizedGroup, Tensor> flat) =>
        state.Groups.SelectMany(group => group.Parameters.Views(flat(group)))
            .ToDictionary(item => item.Name[Prefix.Length..], item => item.View.detach().clone());

    private void Weights(string key, Dictionary<string, Tensor> first, Dictionary<string, Tensor> last, double rate)
    {
        var expected = golden.GetProperty(key).EnumerateObject().ToList();
        Assert.Equal(expected.Select(item => item.Name).Order(StringComparer.Ordinal), first.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, value, i) in expected.Select((item, i) => (item.Name, item.Value, i)))
        {
            var way = (last[name] - first[name]).to(float64);
            var (length, projection) = (value[0].GetDouble(), value[1].GetDouble());
            var apart = Math.Max(
                Math.Abs(way.norm().ToDouble() - length), Math.Abs((way * Noise(2000 + i, way.shape)).sum().ToDouble() - projection));

            // If a gradient is only rounding error, or nearly zero by chance, Adam still takes full steps.
            var rounding = value.GetArrayLength() > 2 ? value[2].GetDouble() * way.numel() : 0;
            Note($"{key} {name}", apart, (WeightTolerance * length) + (Steps * rate * Math.Sqrt(rounding)));
        }
    }

    private void Sampled(Tensor sample) =>
        Note("sample", UNetGolden.RelativeError(sample.flatten(), UNetGolden.Numbers(golden.GetProperty("sample"))), SampleTolerance);

    private void Near(string key, double tolerance, double[] actual)
    {
        foreach (var ((expected, value), i) in UNetGolden.Numbers(golden.GetProperty(key)).Zip(actual).Select((pair, i) => (pair, i)))
        {
            Note($"{key}, step {i + 1}: {value}, not {expected}", Math.Abs(value - expected) / Math.Abs(expected), tolerance);
        }
    }

    private void Note(string what, double difference, double tolerance)
    {
        if (!(difference <= tolerance))
        {
            differences.Add(FormattableString.Invariant($"{what}: {difference:g3} apart"));
        }
    }
}

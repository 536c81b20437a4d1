using System.Diagnostics;
using System.Text.Json;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Families;
using TinySora.Engine.Interop;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>One step of a run: for each parameter group in turn the gradient of its micro-batches, clipping, the update; then the average.</summary>
internal sealed class OptimizerStep(
    ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed) : IDisposable
{
    /// <summary>Micro-batches between the ones that failed and those that follow after going back.</summary>
    private const long Detour = 1_000_003;

    private readonly Generator generator = new((ulong)seed, state.Device);
    private readonly List<Tensor> buffers = [.. task.Model.named_buffers().Select(item => item.buffer)];
    private readonly int stepsPerEpoch = Math.Max(1, (batches.Count + config.ExamplesPerStep - 1) / config.ExamplesPerStep);

    /// <summary>Those that take the step together.</summary>
    public ProcessGroup Processes { get; init; } = ProcessGroup.Alone;

    /// <summary>Told once about how long a step takes, as soon as the first forward pass on a processor has been computed.</summary>
    public Action<TimeSpan>? Estimated { get; set; }

    private BatchShare? Share => Processes.ShareOf(config.TrainBatchSize);

    /// <summary>Takes the step; false, and nothing changed, when it was cancelled between the micro-batches of its first group.</summary>
    /// <param name="log">Told of the step; null: another process tells.</param>
    public bool Take(StepLog? log, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rate = state.LearningRateAt(state.Step);
        var first = ((long)state.Step * config.GradientAccumulateEvery) + (state.Rollbacks * Detour);
        var results = new List<Turn>();
        var before = Copies();
        for (var group = 0; group < state.Groups.Count; group++)
        {
            if (state.Step < state.Groups[group].From)
            {
                continue;
            }

            if (Gradient(group, first, group == 0 ? cancellation : CancellationToken.None) is not Turn turn)
            {
                Restore(before, null);
                return false;
            }

            results.Add(turn);
            Update(state.Groups[group], turn, rate);
        }

        using var nothing = no_grad();
        Restore(before, results.Select(IsBad).Aggregate((a, b) => a.logical_or(b)));
        state.UpdateAverage(state.Step);
        state.Step++;
        var (names, examples) = Examples(results[0], first);
        log?.Add(state.Step, results[0].Loss, results[0].Norm!, names, rate, Scalars(results), examples);
        return true;
    }

    /// <summary>About the time for its part of a step: backward every product needs two of its size, and each group has its own pass.</summary>
    /// <param name="forward">Seconds of a forward pass.</param>
    public static double Estimate(double forward, TrainingState state) => 3 * forward * state.Groups.Count(group => state.Step >= group.From);

    public void Dispose() => generator.Dispose();

    /// <summary>The gradient of a group over the micro-batches of this step; null when it was cancelled.</summary>
    private Turn? Gradient(int group, long first, CancellationToken cancellation)
    {
        foreach (var (other, i) in state.Groups.Count > 1 ? state.Groups.Select((other, i) => (other, i)) : [])
        {
            other.Parameters.Require(gradients: i == group);
        }

        var turn = new Turn(state.Groups[group].Name, zeros([], float32, state.Device), [], []);
        for (var micro = 0; micro < config.GradientAccumulateEvery; micro++)
        {
            if (Processes.OfFirst(cancellation.IsCancellationRequested))
            {
                return null;
            }

            Accumulate(turn, group, first + micro, adds: micro > 0);
        }

        using var nothing = no_grad();
        return Joined(turn, state.Groups[group].Parameters);
    }

    /// <summary>Adds up what the processes have, each of its share of the micro-batches.</summary>
    private Turn Joined(Turn turn, FlatParameters parameters)
    {
        Processes.Sum(parameters.Gradients);
        var norm = parameters.GradientNorm();
        if (Processes.IsAlone)
        {
            return turn with { Norm = norm };
        }

        // The first one's norm for all: a processor with other vectors may round it differently, and the weights would go apart.
        var sums = stack([turn.Loss, .. turn.Scalars.Values, Processes.Rank == 0 ? norm : zeros_like(norm)]).contiguous();
        Processes.Sum(sums);
        return turn with
        {
            Loss = sums[0], Norm = sums[sums.shape[0] - 1],
            Scalars = turn.Scalars.Keys.Select((name, i) => (name, i)).ToDictionary(item => item.name, item => sums[item.i + 1]),
        };
    }

    /// <summary>The names of all examples of a step, and which process took which; null where there is one process.</summary>
    private (IReadOnlyList<string> Names, TextList<TextList<int>>? Examples) Examples(Turn turn, long first)
    {
        if (Share is not { } share)
        {
            return (turn.Names, null);
        }

        var own = Enumerable.Range(0, config.GradientAccumulateEvery)
            .SelectMany(micro => batches.Indices(first + micro)[share.First..(share.First + share.Count)]).ToList();
        var all = Processes.Gather(JsonSerializer.Serialize(new Taken(own, turn.Names))).Select(text => JsonSerializer.Deserialize<Taken>(text)!).ToList();
        return ([.. all.SelectMany(taken => taken.Names)], [.. all.Select(taken => new TextList<int>(taken.Examples))]);
    }

    /// <summary>Adds the loss of one micro-batch, and its gradient unless it is the first, each divided by their number.</summary>
    private void Accumulate(Turn turn, int group, long number, bool adds)
    {
        using var scope = NewDisposeScope();

        // The task draws from the generator; the global one is for operators that take none, dropout for example.
        var mixed = (long)(SplitMix64.Mix(seed + group, number) & long.MaxValue);
        generator.manual_seed(mixed);
        manual_seed(mixed);

        using var batch = batches.Load(number, Share);
        var clock = Stopwatch.StartNew();
        var loss = task.Loss(batch, group, new StepContext(state.Step, stepsPerEpoch, generator) { MicroBatch = number, Share = Share });
        Tell(clock.Elapsed);
        var part = Part(loss.Total);
        state.Groups[group].Parameters.Backward(part, adds);
        turn.Loss.add_(part.detach());
        turn.Names.AddRange(batch.Names);
        using var nothing = no_grad();
        foreach (var (name, value) in loss.Scalars)
        {
            var one = Part(value.detach().to(float32));
            turn.Scalars[name] = (turn.Scalars.TryGetValue(name, out var sum) ? sum + one : one).MoveToOuterDisposeScope();
        }
    }

    /// <summary>A GPU has not even begun when a pass returns.</summary>
    private void Tell(TimeSpan forward)
    {
        if (state.Device.type == DeviceType.CPU)
        {
            Estimated?.Invoke(TimeSpan.FromSeconds(config.GradientAccumulateEvery * Estimate(forward.TotalSeconds, state)));
        }

        Estimated = null;
    }

    /// <summary>What the mean over the examples of one micro-batch that are here is of the mean over all of the step.</summary>
    private Tensor Part(Tensor mean) => Share is { } share
        ? mean * (share.Count / ((double)share.Total * config.GradientAccumulateEvery)) : mean / config.GradientAccumulateEvery;

    private void Update(OptimizedGroup group, Turn turn, double rate)
    {
        using var nothing = no_grad();
        if (config.MaxGradNorm is double limit && state.Step >= config.MaxGradNormFrom)
        {
            group.Parameters.Gradients.mul_((limit / (turn.Norm! + 1e-6)).clamp(max: (Scalar)1));
        }

        group.Optimizer.Step(state.Step - Math.Max(state.MomentsSince, group.From), rate, IsBad(turn));
    }

    private static Tensor IsBad(Turn turn) => NonFiniteGuard.IsBad(turn.Loss, turn.Norm!);

    private List<Tensor> Copies()
    {
        using var nothing = no_grad();
        return [.. buffers.Select(buffer => buffer.clone())];
    }

    /// <summary>Gives the buffers the values of before.</summary>
    /// <param name="where">A scalar boolean on the device; null: true.</param>
    private void Restore(List<Tensor> before, Tensor? where)
    {
        using var nothing = no_grad();
        foreach (var (buffer, copy) in buffers.Zip(before))
        {
            buffer.copy_(where is null ? copy : torch.where(where, copy, buffer));
        }
    }

    /// <summary>What the step measured beside the loss and the gradient of its first group.</summary>
    private static List<(string Name, Tensor Value)> Scalars(List<Turn> turns)
    {
        var scalars = turns.SelectMany(turn => turn.Scalars).Select(scalar => (scalar.Key, scalar.Value)).ToList();
        foreach (var turn in turns.Skip(1))
        {
            scalars.Add((NonFiniteGuard.LossOf(turn.Group), turn.Loss));
            scalars.Add((NonFiniteGuard.NormOf(turn.Group), turn.Norm!));
        }

        return scalars;
    }

    /// <summary>What the turn of one group gave: scalars on the device, and the names of its examples.</summary>
    private sealed record Turn(string Group, Tensor Loss, List<string> Names, Dictionary<string, Tensor> Scalars)
    {
        public Tensor? Norm { get; init; }
    }

    /// <summary>What one process took of a step.</summary>
    private sealed record Taken(IReadOnlyList<int> Examples, IReadOnlyList<string> Names);
}

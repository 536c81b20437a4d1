using System.Collections;
using System.Diagnostics;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>One step of a run. It computes and clips the gradient of each parameter group in turn, updates the group's parameters, and finally updates the
/// moving average.</summary>
internal sealed class OptimizerStep(
    ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed) : IDisposable
{
    /// <summary>Number of micro-batches to move ahead in the sequence when the run returns to a checkpoint, so that other batches follow.</summary>
    private const long Detour = 1_000_003;

    private readonly Generator generator = new((ulong)seed, state.Device);
    private readonly List<Tensor> buffers = [.. task.Model.named_buffers().Select(item => item.buffer)];
    private readonly int stepsPerEpoch = Math.Max(1, (batches.Count + config.ExamplesPerStep - 1) / config.ExamplesPerStep);

    /// <summary>The processes that compute the step together.</summary>
    public ProcessGroup Processes { get; init; } = ProcessGroup.Alone;

    /// <summary>Action that is called once with the estimated duration of a step, after the first forward pass on the CPU.</summary>
    public Action<TimeSpan>? Estimated { get; set; }

    private BatchShare? Share => Processes.ShareOf(config.TrainBatchSize);

    /// <summary>Runs the step. Returns false, without changing anything, if the step was canceled between the micro-batches of its first group.</summary>
    /// <param name="log">Log that receives the results of the step; <c>null</c> if another process reports them.</param>
    public bool Take(StepLog? log, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rate = state.LearningRateAt(state.Step);
        var first = ((long)state.Step * config.GradientAccumulateEvery) + (state.Rollbacks * Detour);
        var (results, updating) = (new List<GroupResult>(), 0L);
        var before = Copies();
        for (var group = 0; group < state.Groups.Count; group++)
        {
            if (!state.Groups[group].HasTurn(state.Step))
            {
                continue;
            }

            if (Gradient(group, first, group == 0 ? cancellation : CancellationToken.None) is not GroupResult turn)
            {
                Restore(before, null);
                return false;
            }

            results.Add(turn);
            Update(state.Groups[group], turn, rate);
            updating += state.Groups[group].Optimizer.Flops;
        }

        using var nothing = no_grad();
        Restore(before, results.Select(IsBad).Aggregate((a, b) => a.logical_or(b)));
        state.Ema.Update(state.Step);
        state.Step++;
        var flops = GradientSum.Flops(Processes, 3.0 * results.Sum(turn => turn.ForwardFlops)) + updating; // as in TrainingCost.StepFlops
        var (names, examples) = Examples(results[0], first);
        state.Flops += flops;
        log?.Add(state.Step, results[0].Loss, results[0].Norm, names, rate, Scalars(results), examples);
        return true;
    }

    /// <summary>
    /// Estimates the duration of a step, assuming that a backward pass takes twice as long as a forward pass. Each parameter group has its own passes.
    /// </summary>
    /// <param name="forward">Duration of a forward pass in seconds.</param>
    public static double Estimate(double forward, TrainingState state) =>
        3 * forward * state.Groups.Where(group => state.Step >= group.From).Sum(group => 1.0 / group.Every);

    public void Dispose() => generator.Dispose();

    /// <summary>Computes the gradient of a parameter group over the micro-batches of this step; returns <c>null</c> if the step was canceled.</summary>
    private GroupResult? Gradient(int group, long first, CancellationToken cancellation)
    {
        foreach (var (other, i) in state.Groups.Count > 1 ? state.Groups.Select((other, i) => (other, i)) : [])
        {
            other.Network.SetRequiresGradient(gradients: i == group);
        }

        var parameters = state.Groups[group].Network;
        var (total, names, scalars) = (zeros([], float32, state.Device), new List<string>(), new Dictionary<string, Tensor>());
        var flops = 0L;
        for (var micro = 0; micro < config.GradientAccumulateEvery; micro++)
        {
            if (Processes.BroadcastValue(cancellation.IsCancellationRequested))
            {
                return null;
            }

            using var scope = NewDisposeScope();
            var number = first + micro;
            SeedGenerators(SplitMix64.Mix(seed + group, number));
            using var batch = batches.Load(number, Share);
            var clock = Stopwatch.StartNew();
            var before = FlopCounter.Count;
            using var expected = config.GradientAccumulateEvery == 1 && state.Groups.Count == 1 ? parameters.ExpectBackward() : null;
            var loss = task.Loss(batch, group, new StepContext(state.Step, stepsPerEpoch, generator) { MicroBatch = number, Share = Share });
            flops += FlopCounter.Count - before;
            ReportEstimate(clock.Elapsed);
            var part = Part(loss.Total);
            parameters.Backward(part, adds: micro > 0);
            total.add_(part.detach());
            names.AddRange(batch.Names);
            using var nothing = no_grad();
            foreach (var (name, value) in loss.Scalars)
            {
                var one = Part(value.detach().to(float32));
                scalars[name] = (scalars.TryGetValue(name, out var sum) ? sum + one : one).MoveToOuterDisposeScope();
            }
        }

        using (no_grad())
        {
            state.Groups[group].Updates?.Project();
            var sums = GradientSum.Sum(Processes, state.Groups[group].Parameters, total, scalars);
            return new GroupResult(state.Groups[group].Name, sums.Loss, sums.Norm, names, sums.Scalars, flops);
        }
    }

    /// <summary>Seeds the task's generator, and the global generator for operators that do not accept one, such as dropout.</summary>
    private void SeedGenerators(ulong mixed)
    {
        var positive = (long)(mixed & long.MaxValue);
        generator.manual_seed(positive);
        manual_seed(positive);
    }

    /// <summary>Returns the names of all examples in a step, and the examples that each process used (<c>null</c> for a single process).</summary>
    private (IReadOnlyList<string> Names, TextList<TextList<int>>? Examples) Examples(GroupResult turn, long first)
    {
        if (Processes.IsAlone)
        {
            return (turn.Names, null);
        }

        var micros = Enumerable.Range(0, config.GradientAccumulateEvery).Select(micro => first + micro).ToList();
        var shares = Processes.SharesOf(config.TrainBatchSize);
        var names = new LazyNames(config.ExamplesPerStep, () => [.. shares.SelectMany(share => micros.SelectMany(micro => NamesOf(micro, share)))]);
        return (names, [.. shares.Select(share => new TextList<int>(micros.SelectMany(
            micro => batches.Indices(micro)[share.First..(share.First + share.Count)])))]);

        IReadOnlyList<string> NamesOf(long micro, BatchShare share)
        {
            using var batch = batches.Load(micro, share);
            return batch.Names;
        }
    }

    /// <summary>Reports the estimated duration of a step on the CPU. On a GPU, a pass may return before the GPU has even started to work on it.</summary>
    private void ReportEstimate(TimeSpan forward)
    {
        if (state.Device.type == DeviceType.CPU)
        {
            Estimated?.Invoke(TimeSpan.FromSeconds(config.GradientAccumulateEvery * Estimate(forward.TotalSeconds, state)));
        }

        Estimated = null;
    }

    /// <summary>
    /// Scales a mean over this process's examples in a micro-batch, so that the sum over all processes and micro-batches is the mean over the whole step.
    /// </summary>
    private Tensor Part(Tensor mean) => Share is { } share
        ? mean * (share.Count / ((double)share.Total * config.GradientAccumulateEvery)) : mean / config.GradientAccumulateEvery;

    private void Update(OptimizedGroup group, GroupResult turn, double rate)
    {
        using var nothing = no_grad();
        if (config.MaxGradNorm is double limit && state.Step >= config.MaxGradNormFrom)
        {
            group.Parameters.Gradients.mul_((limit / (turn.Norm + 1e-6)).clamp(max: (Scalar)1));
        }

        group.Optimizer.Step((state.Step - Math.Max(state.MomentsSince, group.From)) / group.Every, rate, IsBad(turn));
        group.Updates?.Apply();
    }

    private static Tensor IsBad(GroupResult turn) => NonFiniteGuard.IsNonFinite(turn.Loss, turn.Norm);

    private List<Tensor> Copies()
    {
        using var nothing = no_grad();
        return [.. buffers.Select(buffer => buffer.clone())];
    }

    /// <summary>Restores earlier values of the model's buffers.</summary>
    /// <param name="where">Whether to restore the values, as a scalar boolean on the device; <c>null</c> for true.</param>
    private void Restore(List<Tensor> before, Tensor? where)
    {
        using var nothing = no_grad();
        foreach (var (buffer, copy) in buffers.Zip(before))
        {
            buffer.copy_(where is null ? copy : torch.where(where, copy, buffer));
        }
    }

    /// <summary>Returns all scalars of the step except the first group's loss and gradient norm.</summary>
    private static List<(string Name, Tensor Value)> Scalars(List<GroupResult> turns)
    {
        var scalars = turns.SelectMany(turn => turn.Scalars).Select(scalar => (scalar.Key, scalar.Value)).ToList();
        foreach (var turn in turns.Skip(1))
        {
            scalars.Add((NonFiniteGuard.LossOf(turn.Group), turn.Loss));
            scalars.Add((NonFiniteGuard.NormOf(turn.Group), turn.Norm));
        }

        return scalars;
    }

    /// <summary>
    /// Results of updating one parameter group: scalars on the device, names of the examples, and the number of floating-point operations in the forward
    /// passes.
    /// </summary>
    private sealed record GroupResult(string Group, Tensor Loss, Tensor Norm, List<string> Names, Dictionary<string, Tensor> Scalars, long ForwardFlops);
}

/// <summary>Names of examples, which are looked up on first use, because most steps do not need them.</summary>
/// <param name="count">Number of names.</param>
/// <param name="look">Function that looks up the names, called at most once.</param>
internal sealed class LazyNames(int count, Func<IReadOnlyList<string>> look) : IReadOnlyList<string>
{
    private readonly Lazy<IReadOnlyList<string>> names = new(look);

    public int Count => count;

    public string this[int index] => names.Value[index];

    public IEnumerator<string> GetEnumerator() => names.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using TinySora.Engine.Formats;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Collects the losses of steps on the device and reads them in groups, because every read waits for the GPU. Checks and smooths the values.
/// </summary>
/// <param name="clock">Time source.</param>
public sealed class StepLog(TrainingState state, ITrainingObserver observer, TimeProvider? clock = null) : IDisposable
{
    private const int MaxPending = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(20);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly long begun = (clock ?? TimeProvider.System).GetTimestamp();
    private readonly TimeSpan before = state.Elapsed;
    private readonly List<PendingStep> pending = [];
    private readonly Queue<(TimeSpan Time, int Step)> recent = new([(TimeSpan.Zero, state.Step)]);
    private TrainingStep? again;
    private TimeSpan flushed;
    private TimeSpan last;
    private TimeSpan without;

    /// <summary>Guard that decides which steps count, and whether the run returns to a checkpoint.</summary>
    public NonFiniteGuard Guard { get; } = new(state, observer);

    /// <summary>Steps per second, measured over the last few seconds.</summary>
    public double StepsPerSecond { get; private set; }

    /// <summary>Whether the pending steps should be read now.</summary>
    public bool IsDue => pending.Count >= MaxPending || Elapsed - flushed >= Interval;

    /// <summary>Training time, not counting other work between steps.</summary>
    private TimeSpan Elapsed => clock.GetElapsedTime(begun) - without;

    /// <param name="loss">Loss, a scalar on the device; ownership is transferred.</param>
    /// <param name="gradientNorm">Gradient norm, a scalar on the device; ownership is transferred.</param>
    /// <param name="names">Names of the clips, for the message about a non-finite loss.</param>
    /// <param name="learningRate">Learning rate of the step.</param>
    /// <param name="scalars">Other scalars of the step on the device; ownership is transferred.</param>
    /// <param name="examples">See <see cref="TrainingStep.Examples"/>.</param>
    public void Add(
        int step, Tensor loss, Tensor gradientNorm, IReadOnlyList<string> names, double learningRate,
        IReadOnlyList<(string Name, Tensor Value)>? scalars = null, TextList<TextList<int>>? examples = null)
    {
        var now = Elapsed;
        Tensor[] values = [loss, gradientNorm, .. (scalars ?? []).Select(scalar => scalar.Value)];
        pending.Add(new PendingStep(
            step, [.. values.Select(value => value.DetachFromDisposeScope())], [.. (scalars ?? []).Select(scalar => scalar.Name)], names,
            learningRate, now - last, before + now, loss.device_type == TorchSharp.DeviceType.CPU ? get_num_threads() : null, examples,
            FlopCounter.Tflop(state.Flops)));
        last = now;
    }

    /// <summary>Adds a step again whose metrics were already read, but whose validation was interrupted.</summary>
    /// <param name="step">The step; <c>null</c> if it is unknown.</param>
    public void Requeue(TrainingStep? step) => again = step;

    /// <summary>Reads and checks the pending steps. Stops if <see cref="Guard"/> requires a return to a checkpoint.</summary>
    /// <param name="validate">
    /// Function that validates the model after the last step, unless this step was skipped; its results are added to the metrics of this step. <c>null</c> for
    /// no validation.
    /// </param>
    /// <returns>The completed steps, without skipped ones.</returns>
    public IReadOnlyList<TrainingStep> Flush(Func<IReadOnlyDictionary<string, double>>? validate = null)
    {
        if (pending.Count == 0)
        {
            (List<TrainingStep> known, again) = (again is null ? [] : [again], null);
            return Measured(known, validate);
        }

        var values = new Queue<float>(Read());
        var records = new List<TrainingStep>(pending.Count);
        foreach (var item in pending)
        {
            var (loss, norm) = (values.Dequeue(), values.Dequeue());
            var scalars = item.Scalars.Count == 0 ? null
                : new TextTable<double>(item.Scalars.Select(name => KeyValuePair.Create(name, (double)values.Dequeue())));
            if (Guard.WantsRollback)
            {
                break;
            }

            if (!Guard.Check(item.Step, loss, norm, item.Names, scalars))
            {
                continue;
            }

            state.Loss = Smoothing.Next(state.Loss, loss);
            var rate = item.Names.Count / Math.Max(item.Duration.TotalSeconds, 1e-9);
            records.Add(new TrainingStep(
                item.Step, loss, item.LearningRate, norm,
                Math.Round(rate, 2), SecondsConverter.Rounded(item.Elapsed))
            {
                Tflop = item.Tflop, Scalars = scalars, Threads = item.Threads, Examples = item.Examples,
            });
        }

        Measured(records, state.SkippedInARow > 0 || Guard.WantsRollback ? null : validate);
        state.Elapsed = before + Elapsed;
        UpdateRate(pending[^1].Step);
        Clear();
        return records;
    }

    /// <summary>Runs an action whose duration does not count as training time.</summary>
    public void Without(Action work)
    {
        var from = clock.GetTimestamp();
        try
        {
            work();
        }
        finally
        {
            without += clock.GetElapsedTime(from);
        }
    }

    /// <summary>Discards the steps after <see cref="TrainingState.Step"/>, the step that the run has returned to.</summary>
    public void RollBack()
    {
        recent.Clear();
        recent.Enqueue((Elapsed, state.Step));
    }

    public void Dispose() => Clear();

    /// <summary>Validates the model if requested, and returns the steps with the results added to the last step.</summary>
    private List<TrainingStep> Measured(List<TrainingStep> steps, Func<IReadOnlyDictionary<string, double>>? validate)
    {
        if (validate is not null)
        {
            Without(() =>
            {
                var measured = validate();
                if (steps is [.., var newest])
                {
                    steps[^1] = newest with { Scalars = Joined(newest.Scalars, measured) };
                }
            });
        }

        return steps;
    }

    private void UpdateRate(int step)
    {
        flushed = Elapsed;
        recent.Enqueue((flushed, step));
        while (recent.Count > 2 && flushed - recent.Peek().Time > RateWindow)
        {
            recent.Dequeue();
        }

        var (time, firstStep) = recent.Peek();
        StepsPerSecond = (step - firstStep) / Math.Max((flushed - time).TotalSeconds, 1e-9);
    }

    private void Clear()
    {
        foreach (var value in pending.SelectMany(item => item.Values))
        {
            value.Dispose();
        }

        pending.Clear();
    }

    /// <summary>Reads all pending values in one transfer from the device.</summary>
    private float[] Read()
    {
        using var scope = NewDisposeScope();
        return stack(pending.SelectMany(item => item.Values)).cpu().data<float>().ToArray();
    }

    private static TextTable<double> Joined(IReadOnlyDictionary<string, double>? first, IReadOnlyDictionary<string, double> second) =>
        new((first ?? new Dictionary<string, double>()).Concat(second));

    /// <param name="Step">Number of completed steps, including this one.</param>
    /// <param name="Values">Loss, gradient norm, and <paramref name="Scalars"/>.</param>
    private sealed record PendingStep(
        int Step, IReadOnlyList<Tensor> Values, IReadOnlyList<string> Scalars, IReadOnlyList<string> Names, double LearningRate, TimeSpan Duration,
        TimeSpan Elapsed, int? Threads, TextList<TextList<int>>? Examples, double? Tflop);
}

using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Interop;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Training;

/// <summary>
/// Trains a model of any family. A step is a pure function of the weights, the seed and the step's number, so a run that was interrupted
/// and resumed equals one that was not.
/// </summary>
/// <param name="config">Its spans in steps.</param>
public sealed class Trainer(ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed)
{
    /// <summary>How often a run looks for what others ask of it: what a user does not notice, and steps do not either.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Called every sample_every steps: draws a sample grid and returns its path.</summary>
    public Func<string>? Preview { get; init; }

    /// <summary>Whether the first step of a run is drawn, too.</summary>
    internal bool DrawsFirst { get; init; }

    /// <summary>Called every validate_every steps: measures the model and returns named scalars.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Validate { get; init; }

    /// <summary>Hears between steps what others ask of the run; null: nobody can.</summary>
    internal ITrainingControl? Control { get; init; }

    /// <summary>Looks between steps how many threads the work shall have; null: that is fixed.</summary>
    internal ThreadTuner? Threads { get; init; }

    /// <summary>The processes that train together; null: this one alone.</summary>
    internal DataParallel? Parallel { get; init; }

    /// <summary>The smoothed loss at which the run ends; null: none.</summary>
    public double? UntilLoss { get; init; }

    /// <summary>The newest checkpoint, to which the run goes back when it must.</summary>
    public string? LastCheckpoint { get; set; }

    /// <summary>What observers heard last of how far the run is; null: nothing yet.</summary>
    internal TrainingProgress? Progress { get; set; }

    /// <summary>Steps whose update was left out, because their loss or gradient was not finite.</summary>
    public int SkippedSteps { get; private set; }

    internal TrainerConfig Config => config;

    internal TrainingState State => state;

    /// <summary>Of a step that takes longer it is said how long, before the first one is taken.</summary>
    internal TimeSpan LongStep { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Trains up to <paramref name="lastStep"/>; whatever stops it earlier, a checkpoint is written first.</summary>
    /// <param name="budget">Time that the run may take; null: any.</param>
    /// <param name="metricsPath">Where the steps are written to; null: nowhere.</param>
    /// <returns>A <see cref="StopReason"/>.</returns>
    /// <exception cref="TinySoraException">NonFiniteLoss; CannotWrite.</exception>
    public string Run(int lastStep, TimeSpan? budget, string? metricsPath, ITrainingObserver observer, CancellationToken cancellation)
    {
        var guard = new NonFiniteGuard(state, observer);
        using var log = new StepLog(state, guard, metricsPath);
        using var step = new OptimizerStep(task, config, batches, state, seed)
        {
            Processes = Parallel?.Processes ?? ProcessGroup.Alone, Estimated = time => Tell(time, observer),
        };
        task.Model.train();
        var threads = TorchSharp.torch.get_num_threads();
        try
        {
            return new TrainingLoop(this, lastStep, budget, guard, log, observer, cancellation).Run(Take);
        }
        finally
        {
            SkippedSteps = guard.SkippedSteps;
            if (Threads is not null)
            {
                TorchSharp.torch.set_num_threads(threads);
            }
        }

        bool Take() => Parallel is null ? step.Take(log, cancellation) : Parallel.Step(() => step.Take(log, cancellation));
    }
    private void Tell(TimeSpan step, ITrainingObserver observer)
    {
        if (step >= LongStep)
        {
            observer.Announce($"A step will take about {Durations.Text(step)}, as the forward pass of its first clips tells.");
            observer.Starting($"taking the first step, about {Durations.Text(step)}");
        }
    }
}

using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;

namespace TinySora.Engine.Training.Parallel;

/// <summary>The part of any process but the first in a run: it does what that orders.</summary>
internal sealed class Follower(ProcessGroup processes, ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed)
{
    /// <summary>To the end of the run.</summary>
    public void Run()
    {
        var values = new TrainedValues(processes, task, state);
        using var step = new OptimizerStep(task, config, batches, state, seed) { Processes = processes };
        task.Model.train();
        while (true)
        {
            var order = processes.OfFirst(default(StepOrder));
            switch (order.Kind)
            {
                case StepOrderKind.Step:
                    order.Apply(state);
                    step.Take(null, CancellationToken.None);
                    break;
                case StepOrderKind.Take:
                    values.Spread();
                    break;
                case StepOrderKind.Compare:
                    processes.Gather(values.Hash());
                    break;
                default:
                    return;
            }
        }
    }
}

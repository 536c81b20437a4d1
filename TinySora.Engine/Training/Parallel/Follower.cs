using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Parallel;

/// <summary>Any process of a process group except the first. It carries out the orders of the first process.</summary>
internal sealed class Follower(ProcessGroup processes, ITrainingTask task, TrainingState state)
{
    /// <summary>Carries out orders until the end of the run.</summary>
    /// <param name="step">Action that computes this process's share of a step.</param>
    public void Run(Action step)
    {
        var values = new SynchronizedState(processes, task, state);
        task.Model.train();
        while (true)
        {
            var order = processes.BroadcastValue(default(StepOrder));
            switch (order.Kind)
            {
                case StepOrderKind.Step:
                    order.Apply(state);
                    step();
                    break;
                case StepOrderKind.Take:
                    values.Broadcast();
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

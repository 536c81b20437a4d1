using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// A run in any process of a process group except the first. It computes its share of every step, and reports only failures, which end all processes.
/// </summary>
public static class FollowingSession
{
    /// <summary>Trains until the first process of the group ends the run, or itself ends.</summary>
    /// <param name="request">Request with the data folder and device; the first process provides everything else.</param>
    public static void Run(TrainingRequest request) => EngineThread.Run(() =>
    {
        var processes = ProcessGroup.Join();
        if (processes.BroadcastValue((string?)null) is not string setup)
        {
            return;
        }

        try
        {
            Run(request, RunJson.Read<RunDescription>(setup), processes);
        }
        catch (Exception e)
        {
            processes.Abort(e);
            throw;
        }
    });

    private static void Run(TrainingRequest request, RunDescription description, ProcessGroup processes)
    {
        var (device, silence) = (OpenedRun.ResolveDevice(request, description.Config), new SilentObserver());
        using var data = RunData.Open(request, description.Config, silence, CancellationToken.None, trainsOnly: true);
        using var run = OpenedRun.Follow(description, data, device, silence);
        processes.Gather($"{device.type}");
        processes.Gather(data.Training.Fingerprint);
        using var step = new OptimizerStep(run.Task, run.Trainer, run.Batches, run.State, run.Seed) { Processes = processes };
        new Follower(processes, run.Task, run.State).Run(() => step.Take(null, CancellationToken.None));
    }
}

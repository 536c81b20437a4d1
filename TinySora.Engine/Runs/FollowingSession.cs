using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary>
/// A run as all processes but the first have it: they take their share of every step, and say nothing unless they fail, which ends all.
/// </summary>
public static class FollowingSession
{
    /// <summary>Returns when the first process has ended the run, or is itself at its end.</summary>
    /// <param name="request">Where the data is and what it is computed on; all else the first process says.</param>
    public static void Run(TrainingRequest request) => EngineThread.Run(() =>
    {
        var processes = ProcessGroup.Join();
        if (processes.OfFirst((string?)null) is not string setup)
        {
            return;
        }

        try
        {
            Run(request, RunSetup.Parse(setup), processes);
        }
        catch (Exception e)
        {
            processes.Abort(e);
            throw;
        }
    });

    private static void Run(TrainingRequest request, RunSetup setup, ProcessGroup processes)
    {
        var config = ConfigFile.Parse(setup.Config, "the configuration of the first process");
        var (family, device) = (ModelFamilies.Of(config), DeviceChoice.Resolve(request.Device));
        using var data = new RunExamples(family, config, request.DataFolder, Silence.Kept).OpenTraining(CancellationToken.None);
        var trainer = config.Trainer.For(data.Count);
        using var task = family.Restore(config, setup.Metadata, device);
        task.Prepare(data, null, CancellationToken.None);
        using var state = new TrainingState(task, trainer);
        var batches = new BatchSequence(data, trainer, setup.Seed, device);
        processes.Gather($"{device.type}");
        processes.Gather(data.Fingerprint);
        new Follower(processes, task, trainer, batches, state, setup.Seed).Run();
    }

    private sealed class Silence : ITrainingObserver
    {
        public static Silence Kept { get; } = new();

        public void Progress(TrainingProgress progress)
        {
        }

        public void Stepped(TrainingStep step)
        {
        }

        public void Message(string text)
        {
        }

        public void Warning(string text)
        {
        }
    }
}

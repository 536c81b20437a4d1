using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Parallel;

/// <summary>
/// The first process of data-parallel training. Every process has the whole model, and computes its share of each micro-batch. The first process makes all
/// decisions and sends orders to the other processes (<see cref="Follower"/>), which do not handle files, times or user requests.
/// <see cref="GradientSum"/> sums the gradients.
/// </summary>
internal sealed class Leader : IDisposable
{
    private readonly ProcessGroup processes;
    private SynchronizedState? values;
    private bool isAmidst;

    internal Leader(ProcessGroup processes) => this.processes = processes;

    public ProcessGroup Processes => processes;

    /// <summary>Joins the process group as its first process; returns <c>null</c> if there are no other processes.</summary>
    public static Leader? TryCreate() => ProcessGroup.Join() is { IsAlone: false } group ? new Leader(group) : null;

    /// <summary>Sends the setup to the other processes, waits until they are ready, and checks that their devices and data match.</summary>
    /// <param name="setup">Setup for the other processes.</param>
    /// <param name="fingerprint">Fingerprint of the data, which must be equal in all processes.</param>
    /// <exception cref="TinySoraException">TooManyProcesses, OtherDevice, OtherData.</exception>
    public void Begin(string setup, string fingerprint, ITrainingTask task, TrainingState state, TrainerConfig config)
    {
        if (processes.Count > config.TrainBatchSize)
        {
            throw ProcessErrors.TooManyProcesses(processes.Count, config.TrainBatchSize);
        }

        isAmidst = true;
        processes.BroadcastValue(setup);
        values = new SynchronizedState(processes, task, state);
        var devices = processes.Gather($"{state.Device.type}");
        var data = processes.Gather(fingerprint);
        isAmidst = false;
        if (FirstOther(devices) is int elsewhere)
        {
            throw ProcessErrors.OtherDevice(elsewhere, devices[elsewhere], devices[0]);
        }

        if (FirstOther(data) is int other)
        {
            throw ProcessErrors.OtherData(other);
        }

        Share();
    }

    /// <summary>Carries out a step together with all other processes.</summary>
    public bool Step(Func<bool> take) => Together(StepOrderKind.Step, take);

    /// <summary>Sends this process's weights and state to all other processes.</summary>
    public void Share() => Together(StepOrderKind.Take, () =>
    {
        values!.Broadcast();
        return true;
    });

    /// <summary>Checks that all other processes have the same weights and state.</summary>
    /// <exception cref="TinySoraException">OtherWeights.</exception>
    public void Compare()
    {
        if (FirstOther(Together(StepOrderKind.Compare, () => processes.Gather(values!.Hash()))) is int other)
        {
            throw ProcessErrors.OtherWeights(other, values!.State.Step);
        }
    }

    /// <summary>Ends the other processes after a failure, because they would otherwise wait forever.</summary>
    public void Fail(Exception failure)
    {
        if (isAmidst)
        {
            processes.Abort(failure);
        }
    }

    /// <summary>Ends the other processes.</summary>
    public void Dispose()
    {
        if (values is null)
        {
            processes.BroadcastValue((string?)null);
        }
        else
        {
            processes.BroadcastValue(StepOrder.Of(StepOrderKind.End, values.State));
        }
    }

    /// <summary>Returns the rank of the first process whose text differs from the text of this process.</summary>
    private static int? FirstOther(IReadOnlyList<string> texts) =>
        Enumerable.Range(0, texts.Count).Where(rank => texts[rank] != texts[0]).Select(rank => (int?)rank).FirstOrDefault();

    private T Together<T>(StepOrderKind kind, Func<T> work)
    {
        isAmidst = true;
        processes.BroadcastValue(StepOrder.Of(kind, values!.State));
        var result = work();
        isAmidst = false;
        return result;
    }
}

using System.Security.Cryptography;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Parallel;

/// <summary>All values that must be equal in all processes: parameters, averages, moments and buffers.</summary>
internal sealed class SynchronizedState(ProcessGroup processes, ITrainingTask task, TrainingState state)
{
    public TrainingState State => state;

    /// <summary>Broadcasts the values of the first process to all other processes.</summary>
    public void Broadcast()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        foreach (var values in All())
        {
            var copy = values.contiguous();
            processes.Broadcast(copy);
            values.copy_(copy);
        }
    }

    /// <summary>Returns a hash of the values, for comparison between processes.</summary>
    public string Hash()
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var values in All())
        {
            ProcessGroup.ForEachChunk(values.cpu().contiguous(), part => hash.AppendData(part));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private IEnumerable<Tensor> All() =>
        state.Groups.SelectMany(group => group.Optimizer.States.Select(item => item.Values).Prepend(group.Average).Prepend(group.Parameters.Values))
            .Concat(task.Model.named_buffers().Select(item => item.buffer)).Concat(Frozen()).Where(values => values.numel() > 0);

    private IEnumerable<Tensor> Frozen()
    {
        var trained = state.Groups.SelectMany(group => group.Network.Names).ToHashSet();
        return TiedWeights.Distinct(task.Model.named_parameters(), item => item.parameter).Where(item => !trained.Contains(item.name))
            .Select(item => item.parameter);
    }
}

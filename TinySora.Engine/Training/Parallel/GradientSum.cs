using System.Globalization;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Parallel;

/// <summary>Combines the results of a training step from all processes of a process group.</summary>
internal static class GradientSum
{
    /// <summary>Sums the gradients of all processes in place, and sums their parts of the loss and other scalars.</summary>
    /// <param name="loss">This process's part of the mean loss over the step, a scalar on the device.</param>
    /// <param name="scalars">This process's parts of other mean values.</param>
    /// <returns>Means over the step and the gradient norm, as scalars on the device.</returns>
    public static (Tensor Loss, Tensor Norm, Dictionary<string, Tensor> Scalars) Sum(
        ProcessGroup processes, FlatParameters parameters, Tensor loss, Dictionary<string, Tensor> scalars)
    {
        processes.Sum(parameters.Gradients);
        var norm = parameters.GradientNorm();
        if (processes.IsAlone)
        {
            return (loss, norm, scalars);
        }

        // All processes use the norm from the first process. Processors with other vector instructions may round it differently, which would make the weights
        // of the processes differ.
        var sums = stack([loss, .. scalars.Values, processes.Rank == 0 ? norm : zeros_like(norm)]).contiguous();
        processes.Sum(sums);
        return (sums[0], sums[sums.shape[0] - 1], scalars.Keys.Select((name, i) => (name, i)).ToDictionary(item => item.name, item => sums[item.i + 1]));
    }

    /// <summary>Returns the number of floating-point operations of all processes in a step.</summary>
    /// <param name="flops">Number of operations of this process.</param>
    public static double Flops(ProcessGroup processes, double flops) => processes.IsAlone ? flops
        : processes.Gather(flops.ToString("R", CultureInfo.InvariantCulture)).Sum(text => double.Parse(text, CultureInfo.InvariantCulture));
}

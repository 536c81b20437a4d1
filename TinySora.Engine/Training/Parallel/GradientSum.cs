using System.Globalization;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Parallel;

/// <summary>Puts together what the processes of a run have of one step, each of its share of the examples.</summary>
internal static class GradientSum
{
    /// <summary>Sums up the gradients of all processes in place, and their parts of the loss and of what else was measured.</summary>
    /// <param name="loss">This process's part of the mean over the step: a scalar on the device.</param>
    /// <param name="scalars">Its parts of other means.</param>
    /// <returns>The means over the step, and the norm of the gradient: scalars on the device.</returns>
    public static (Tensor Loss, Tensor Norm, Dictionary<string, Tensor> Scalars) Sum(
        ProcessGroup processes, FlatParameters parameters, Tensor loss, Dictionary<string, Tensor> scalars)
    {
        processes.Sum(parameters.Gradients);
        var norm = parameters.GradientNorm();
        if (processes.IsAlone)
        {
            return (loss, norm, scalars);
        }

        // The first one's norm for all: a processor with other vectors may round it differently, and the weights would go apart.
        var sums = stack([loss, .. scalars.Values, processes.Rank == 0 ? norm : zeros_like(norm)]).contiguous();
        processes.Sum(sums);
        return (sums[0], sums[sums.shape[0] - 1], scalars.Keys.Select((name, i) => (name, i)).ToDictionary(item => item.name, item => sums[item.i + 1]));
    }

    /// <summary>The floating-point operations of all processes in a step.</summary>
    /// <param name="flops">Of this process.</param>
    public static double Flops(ProcessGroup processes, double flops) => processes.IsAlone ? flops
        : processes.Gather(flops.ToString("R", CultureInfo.InvariantCulture)).Sum(text => double.Parse(text, CultureInfo.InvariantCulture));
}

using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;
using BatchNorm = TinySora.Engine.Layers.BatchNorm;

namespace TinySora.Engine.Tests.Layers;

public sealed class BatchNormTests
{
    /// <summary>Two threads simulate two processes with two and three of five examples.</summary>
    [Fact]
    public void Processes_normalize_over_the_examples_of_all()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var all = randn([5, 4, 16]) * 3 + 1;
        var (expected, gradient, ofWeight, running) = Pass(all, null);

        var sums = new Sums(2);
        var parts = new (Tensor Output, Tensor Gradient, Tensor OfWeight, Tensor Running)[2];
        Parallel.Invoke(
            new ParallelOptions { MaxDegreeOfParallelism = -1 },
            () => parts[0] = Pass(all.narrow(0, 0, 2), new BatchShare(0, 2, 5, values => sums.Add(0, values))),
            () => parts[1] = Pass(all.narrow(0, 2, 3), new BatchShare(2, 3, 5, values => sums.Add(1, values))));

        Assert.True(cat([.. parts.Select(part => part.Output)]).allclose(expected, 1e-5, 1e-5));
        Assert.True(cat([.. parts.Select(part => part.Gradient)]).allclose(gradient, 1e-4, 1e-5));
        Assert.True((parts[0].OfWeight + parts[1].OfWeight).allclose(ofWeight, 1e-4, 1e-4));
        Assert.All(parts, part => Assert.True(part.Running.allclose(running, 1e-5, 1e-6)));
    }

    /// <returns>The outputs, the gradients of the inputs and of the weight under a loss that is not a sum of squares, and both running statistics.</returns>
    private static (Tensor Output, Tensor Gradient, Tensor OfWeight, Tensor Running) Pass(Tensor inputs, BatchShare? share)
    {
        var norm = new BatchNorm(16) { Share = share };
        var x = inputs.detach().clone().requires_grad_();
        var output = norm.forward(x);
        (output * output.sin()).sum().backward();
        var named = norm.named_buffers().ToDictionary(item => item.name, item => item.buffer);
        return (output.detach(), x.grad!, norm.parameters().First().grad!, cat([named["running_mean"], named["running_var"]]));
    }

    /// <summary>Sums the tensors of all threads, once all have arrived.</summary>
    private sealed class Sums(int count)
    {
        private readonly Tensor[] brought = new Tensor[count];
        private readonly Barrier barrier = new(count);

        public void Add(int rank, Tensor values)
        {
            brought[rank] = values.clone();
            barrier.SignalAndWait(TimeSpan.FromMinutes(1));
            using var nothing = no_grad();
            values.copy_(brought.Aggregate((a, b) => a + b));
            barrier.SignalAndWait(TimeSpan.FromMinutes(1));
        }
    }
}

using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Compares a kernel with the operators that it replaces: results and all gradients.</summary>
internal static class KernelComparison
{
    /// <param name="anyThreads">Whether the kernel must give identical bits with any number of threads.</param>
    public static void Compare(Func<Tensor> forward, bool bfloat16, double tolerance, Tensor[] leaves, bool anyThreads = false)
    {
        using var processor = new Processor(hasBFloat16: true);
        using var precision = Precision.Use(bfloat16);
        var composed = Run(enabled: false);
        var fused = Run(enabled: true);
        foreach (var (expected, actual) in composed.Zip(fused))
        {
            var largest = (expected - actual).abs().max().ToDouble() / Math.Max(1e-3, expected.abs().max().ToDouble());
            Assert.True(largest < tolerance, $"{expected}: off by {largest}");
        }

        if (anyThreads)
        {
            Assert.All(WithOtherThreads(() => Run(enabled: true)).Zip(fused), pair => Assert.True(pair.First.allclose(pair.Second, 0, 0)));
        }

        Tensor[] Run(bool enabled)
        {
            using var switched = new Switch(enabled);
            foreach (var leaf in leaves)
            {
                leaf.grad = null;
            }

            var result = Precision.ToFloat32(forward());
            (result * result.detach().cos()).sum().backward();
            return [result.detach(), .. leaves.Select(leaf => leaf.grad!.clone())];
        }
    }

    public static T WithOtherThreads<T>(Func<T> work)
    {
        var threads = get_num_threads();
        try
        {
            set_num_threads(threads == 1 ? 2 : 1);
            return work();
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    public sealed class Switch : IDisposable
    {
        public Switch(bool enabled) => Kernels.Enabled = enabled;

        public void Dispose() => Kernels.Enabled = true;
    }
}

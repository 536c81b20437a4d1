using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>
/// Computes frame features by a convolutional network with fixed random weights. Such features suffice to distinguish sets of images (Naeem et al. 2020,
/// "Reliable fidelity and diversity metrics for generative models") and need no download. The network is neither Inception nor I3D, so distances are neither
/// FID nor FVD.
/// </summary>
internal sealed class RandomFeatures : IDisposable
{
    public const int Length = 128;

    private const int Kernel = 3;
    private const int Seed = 0;

    private static readonly int[] Channels = [3, 32, 64, Length];

    private readonly Tensor[] weights;

    public RandomFeatures(Device device)
    {
        var random = new SplitMix64(Seed);
        weights = new Tensor[Channels.Length - 1];
        for (var layer = 0; layer < weights.Length; layer++)
        {
            weights[layer] = Normal(ref random, Channels[layer + 1], Channels[layer]).to(device);
        }
    }

    /// <summary>Computes the features of frames: three 3 x 3 convolutions with stride 2, each followed by a ReLU, and an average over positions.</summary>
    /// <param name="frames">(F, 3, H, W) in [0, 1].</param>
    /// <returns>(F, 128).</returns>
    public Tensor Of(Tensor frames)
    {
        using var scope = NewDisposeScope();
        var x = (frames * 2) - 1;
        foreach (var weight in weights)
        {
            x = nn.functional.conv2d(x, weight, strides: [2, 2], padding: [1, 1]).relu();
        }

        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the weights on the engine thread, where they were created.</summary>
    public void Dispose() => EngineThread.Run(() => Array.ForEach(weights, weight => weight.Dispose()));

    /// <summary>
    /// Returns random weights for a convolution: normally distributed values that preserve the scale of activations (He et al. 2015). The values are drawn by
    /// the Box-Muller transform, which yields pairs; one value of each pair is used.
    /// </summary>
    private static Tensor Normal(ref SplitMix64 random, int outputs, int inputs)
    {
        var deviation = Math.Sqrt(2.0 / (inputs * Kernel * Kernel));
        var values = new float[outputs * inputs * Kernel * Kernel];
        for (var i = 0; i < values.Length; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.Between(0, 1)));
            values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.Between(0, 1)));
        }

        return tensor(values, [outputs, inputs, Kernel, Kernel]);
    }
}

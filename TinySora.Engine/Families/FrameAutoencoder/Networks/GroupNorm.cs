using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>PyTorch's GroupNorm of every frame (Wu and He 2018), and the SiLU that often follows it.</summary>
public sealed class GroupNorm : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long _groups;
    private readonly bool _isActivated;
    private readonly double _epsilon;

    /// <param name="isActivated">SiLU follows.</param>
    public GroupNorm(long groups, long channels, bool isActivated = false, double epsilon = 1e-5)
        : base(nameof(GroupNorm))
    {
        weight = Initial.Ones(channels);
        bias = Initial.Zeros(channels);
        (_groups, _isActivated, _epsilon) = (groups, isActivated, epsilon);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        if (input.Eager is Tensor numbers && Kernels.CanNorm(numbers))
        {
            var mean = empty([input.shape[0] * input.shape[1], _groups], ScalarType.Float32);
            return Kernels.GroupNorm(numbers, weight, bias, mean, zeros_like(mean), _epsilon, _isActivated ? Activation.Silu : Activation.None, 0);
        }

        var normal = input.Widened().group_norm(_groups, weight, bias, _epsilon);
        return _isActivated ? normal.silu() : normal;
    }
}

using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>PyTorch's GroupNorm of every frame (Wu and He 2018), and the SiLU that often follows it.</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>, IGraphLayer
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
    public override Tensor forward(Tensor input)
    {
        if (Kernels.CanNorm(input))
        {
            var mean = empty([input.shape[0] * input.shape[1], _groups], ScalarType.Float32);
            return Kernels.GroupNorm(input, weight, bias, mean, zeros_like(mean), _epsilon, _isActivated ? Activation.Silu : Activation.None, 0);
        }

        return Frames.Map(Precision.Widen(input), frames =>
        {
            var normal = nn.functional.group_norm(frames, _groups, weight, bias, _epsilon);
            return _isActivated ? nn.functional.silu(normal) : normal;
        });
    }

    public OnnxTensor forward(OnnxTensor input)
    {
        var (graph, s) = (input.Graph, input.Shape);
        var (frames, places, each) = (s[0] * s[1], s[2] * s[3], s[4] / _groups);
        var grouped = input.Reshape(frames, places, _groups, each).Permute(0, 2, 1, 3).Reshape(frames, _groups, places * each);
        var normal = graph.Add(
            "InstanceNormalization", [grouped, graph.Constant(ones(_groups)), graph.Constant(zeros(_groups))], input.Type, grouped.Shape,
            ("epsilon", _epsilon));
        var x = normal.Reshape(frames, _groups, places, each).Permute(0, 2, 1, 3).Reshape(s);
        x = (x * graph.Weight(weight)) + graph.Weight(bias);
        return _isActivated ? x.Silu() : x;
    }
}

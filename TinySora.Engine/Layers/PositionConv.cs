using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// A convolution over 3 x 3 x 3 neighbours, of each channel by itself, for tokens to know where they are and what is beside them (conditional
/// positional encodings, Chu et al. 2021). It begins as zero.
/// </summary>
internal sealed class PositionConv : nn.Module<Tensor, Tensor>, IGraphLayer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public PositionConv(long channels)
        : base(nameof(PositionConv))
    {
        weight = Initial.Zeros(channels, 1, 3, 3, 3);
        bias = Initial.Zeros(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C) float32.</param>
    /// <returns>Like <paramref name="input"/>.</returns>
    public override Tensor forward(Tensor input)
    {
        // Two-dimensional ones of three shifted clips, which libtorch computes several times as fast on a processor as a three-dimensional one.
        var padded = nn.functional.pad(input, [0, 0, 0, 0, 0, 0, 1, 1]);
        var sum = Enumerable.Range(0, 3).Select(tap => Frames.Map(padded.narrow(1, tap, input.shape[1]), frames => nn.functional.conv2d(
            frames, weight.select(2, tap), padding: [1, 1], groups: weight.shape[0]))).Aggregate((a, b) => a + b);
        return FlopCounter.Product(weight, sum) + bias;
    }

    /// <inheritdoc cref="forward(Tensor)"/>
    public OnnxTensor forward(OnnxTensor input)
    {
        var x = input.Permute(0, 4, 1, 2, 3);
        return x.Graph.Add(
            "Conv", [x, x.Graph.Weight(weight), x.Graph.Weight(bias)], x.Type, x.Shape, ("pads", Enumerable.Repeat(1L, 6).ToArray()), ("group", x.Shape[1]))
            .Permute(0, 2, 3, 4, 1);
    }
}

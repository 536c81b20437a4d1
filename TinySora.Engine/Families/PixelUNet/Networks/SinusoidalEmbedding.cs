using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Embedding [sin(t·u), cos(t·u)] with u from 1 down to 1/10000 (Vaswani et al. 2017).</summary>
public sealed class SinusoidalEmbedding : Layer
{
    private readonly long _width;

    /// <param name="width">Width of the embedding; even, at least 4.</param>
    public SinusoidalEmbedding(long width)
        : base(nameof(SinusoidalEmbedding))
    {
        _width = width;
        RegisterComponents();
    }

    /// <param name="input">Values (N).</param>
    /// <returns>(N, width).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var angles = input.to(ScalarType.Float32).unsqueeze(-1) * Frequencies(input.device);
        return AnyTensor.cat([angles.sin(), angles.cos()], -1);
    }

    private Tensor Frequencies(Device device)
    {
        var half = _width / 2;
        return (arange(half, ScalarType.Float32, device) * (-Math.Log(10000) / (half - 1))).exp();
    }
}

/// <summary>
/// Text conditioning per frame. In the original network, the scale and shift are the same for every frame, so words about motion act only through
/// attention. This network computes a vector per frame from the text and the frame index, and adds it to the timestep vector.
/// </summary>
internal sealed class FrameTextMlp : nn.Module
{
    private readonly SinusoidalEmbedding _index;
    private readonly Linear frame;
    private readonly Linear? text;
    private readonly Linear hidden;
    private readonly Linear output;

    /// <param name="condDim">Width of the text vector; <c>null</c> if vectors depend only on the frame index.</param>
    /// <param name="width">Width of the hidden layers and the result.</param>
    public FrameTextMlp(int dim, int? condDim, int width)
        : base(nameof(FrameTextMlp))
    {
        _index = new SinusoidalEmbedding(dim);
        frame = new Linear(dim, width);
        text = condDim is int inputs ? new Linear(inputs, width, hasBias: false) : null;
        hidden = new Linear(width, width);
        output = new Linear(width, width);
        RegisterComponents();
    }

    /// <param name="cond">Text vectors (B, condDim), with the null vector for missing texts; <c>null</c> if the model does not use text.</param>
    /// <returns>(B or 1, F, width).</returns>
    /// <param name="like">Tensor of the kind of the result.</param>
    public AnyTensor forward(AnyTensor? cond, int frames, AnyTensor like)
    {
        var mixed = frame.forward(like.Differentiable(_index.forward(arange(frames, ScalarType.Float32, like.device)))).unsqueeze(0);  // (1, F, width)
        if (text is not null && cond is not null)
        {
            mixed = mixed + text.forward(cond).unsqueeze(1);                                               // (B, F, width)
        }

        return output.forward(hidden.forward(mixed.silu()).silu());
    }
}

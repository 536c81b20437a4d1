using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>y = x Wᵀ + b over the last axis, in the precision that <see cref="Precision"/> says; PyTorch's initialisation.</summary>
public sealed class Linear : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public Linear(long inputs, long outputs, bool hasBias = true)
        : base(nameof(Linear))
    {
        weight = Initial.Uniform(inputs, outputs, inputs);
        bias = hasBias ? Initial.Uniform(inputs, outputs) : null;
        RegisterComponents();
    }

    /// <param name="input">(..., inputs).</param>
    /// <returns>(..., outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);

    /// <summary>Some of the outputs, without their bias, and the rest; cheaper than slicing all of them where numbers are computed.</summary>
    /// <returns>(..., count) for each count.</returns>
    public AnyTensor[] Parts(AnyTensor input, params long[] counts) => input.linear_parts(weight, counts);

    /// <summary>Starts the weight as Glorot and Bengio (2010) do, and the bias as zero, as transformers do.</summary>
    public Linear Xavier()
    {
        using (no_grad())
        {
            nn.init.xavier_uniform_(weight);
            bias?.zero_();
        }

        return this;
    }

    /// <summary>Starts the weight as normal numbers and the bias as zero.</summary>
    public Linear Normal(double deviation)
    {
        using (no_grad())
        {
            weight.normal_(0, deviation);
            bias?.zero_();
        }

        return this;
    }

    /// <summary>Sets the weight and the bias to zero, for a branch that shall add nothing at first.</summary>
    public Linear Zeroed()
    {
        using (no_grad())
        {
            weight.zero_();
            bias?.zero_();
        }

        return this;
    }
}

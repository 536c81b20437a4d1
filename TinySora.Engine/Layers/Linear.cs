using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// Linear layer y = x Wᵀ + b over the last axis, with PyTorch's initialization. It computes in the type that <see cref="Precision"/> determines.
/// </summary>
public sealed class Linear : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public Linear(long inputs, long outputs, bool hasBias = true)
        : base(nameof(Linear))
    {
        weight = WeightInitialization.Uniform(inputs, outputs, inputs);
        bias = hasBias ? WeightInitialization.Uniform(inputs, outputs) : null;
        RegisterComponents();
    }

    /// <param name="input">(..., inputs).</param>
    /// <returns>(..., outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);

    /// <summary>Returns the outputs in parts, without the bias. For eager tensors, this is cheaper than slicing the outputs.</summary>
    /// <returns>A tensor (..., count) for each count.</returns>
    public AnyTensor[] ForwardSplit(AnyTensor input, params long[] counts) => input.linear_split(weight, counts);

    /// <summary>Initializes the weight with Xavier's uniform distribution (Glorot and Bengio 2010), and the bias to zero.</summary>
    public Linear Xavier()
    {
        using (no_grad())
        {
            nn.init.xavier_uniform_(weight);
            bias?.zero_();
        }

        return this;
    }

    /// <summary>Initializes the weight with a normal distribution, and the bias to zero.</summary>
    public Linear Normal(double deviation)
    {
        using (no_grad())
        {
            weight.normal_(0, deviation);
            bias?.zero_();
        }

        return this;
    }

    /// <summary>Initializes weight and bias to zero, for a branch that initially adds nothing.</summary>
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

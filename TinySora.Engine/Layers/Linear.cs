using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>y = x Wᵀ + b over the last axis, in the precision that <see cref="Precision"/> says; PyTorch's initialisation.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>, IGraphLayer
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
    public override Tensor forward(Tensor input) => Product(input, weight, bias);

    public OnnxTensor forward(OnnxTensor input) => Product(input, weight, bias);

    /// <summary>The product of an input with a weight of a layer that is in effect linear, plus the bias.</summary>
    /// <param name="weight">(outputs, inputs), or (outputs, ...) with as many numbers for each output, as those of convolutions of patches.</param>
    internal static Tensor Product(Tensor input, Parameter weight, Parameter? bias)
    {
        var x = Precision.Narrow(input);
        return FlopCounter.Product(weight, Kernels.CanMultiplyFew(x) ? Kernels.MultiplyFew(x, Precision.Weight(weight), bias)
            : Kernels.CanMultiply(x, weight) ? Kernels.Multiply(x, weight, bias)
            : nn.functional.linear(x, Precision.Weight(weight).flatten(1), bias is null ? null : Precision.Weight(bias)));
    }

    /// <summary>The product of an input with a weight that is computed from others.</summary>
    /// <param name="weight">(outputs, inputs), in the type of products.</param>
    internal static Tensor Product(Tensor input, Tensor weight)
    {
        var x = Precision.Narrow(input);
        return FlopCounter.Product(weight, Kernels.CanMultiplyFew(x) ? Kernels.MultiplyFew(x, weight, null) : nn.functional.linear(x, weight));
    }

    /// <inheritdoc cref="Product(Tensor, Parameter, Parameter?)"/>
    internal static OnnxTensor Product(OnnxTensor input, Parameter weight, Parameter? bias)
    {
        var product = input.MatMul(input.Graph.Weight(weight, w => w.flatten(1).t()));
        return bias is null ? product : product + input.Graph.Weight(bias);
    }

    /// <summary>Computes only some of the outputs, without their bias: cheaper than slicing all of them.</summary>
    /// <returns>(..., count).</returns>
    public Tensor Outputs(Tensor input, long start, long count) =>
        FlopCounter.Product(weight, nn.functional.linear(Precision.Narrow(input), Precision.Weight(weight).narrow(0, start, count)));

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

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>A module with one input and one result, which may be eager or symbolic tensors.</summary>
public abstract class Layer(string name) : TensorLayer(name)
{
    public abstract AnyTensor forward(AnyTensor input);

    /// <inheritdoc cref="forward(AnyTensor)"/>
    public new Tensor forward(Tensor input) => (Tensor)forward((AnyTensor)input);

    private protected sealed override Tensor Compute(Tensor input) => forward(input);

    /// <summary>Returns the result of a computation, and disposes all of its intermediate results.</summary>
    protected static AnyTensor OnlyResult(AnyTensor input, Func<AnyTensor> compute)
    {
        if (input.Eager is null)
        {
            return compute();
        }

        using var scope = NewDisposeScope();
        return ((Tensor)compute()).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The base class with the method that TorchSharp calls. It is separate because C# prefers the methods of a derived class even if a base class has a better
/// overload.
/// </summary>
public abstract class TensorLayer(string name) : nn.Module<Tensor, Tensor>(name)
{
    public sealed override Tensor forward(Tensor input) => Compute(input);

    private protected abstract Tensor Compute(Tensor input);
}

/// <summary>A module whose result is its input until it is trained, so that it can be added to a trained network.</summary>
public interface IIdentityAtFirst;

/// <summary>Applies TorchSharp modules to an <see cref="AnyTensor"/>.</summary>
internal static class Modules
{
    /// <exception cref="NotSupportedException">This kind of module is not supported.</exception>
    public static AnyTensor forward(this nn.Module module, AnyTensor input) => module switch
    {
        Layer layer => layer.forward(input),
        nn.Module<Tensor, Tensor> own when input.Eager is Tensor numbers => own.forward(numbers),
        Sequential layers => layers.children().Aggregate(input, (x, layer) => layer.forward(x)),
        SiLU => input.silu(),
        GELU => input.gelu(),
        Identity => input,
        Embedding table => input.embedding(table.weight!),
        TorchSharp.Modules.LayerNorm norm => input.layer_norm(norm.weight, norm.bias, norm.eps),
        _ => throw new NotSupportedException($"{module.GetName()} is not a supported layer."),
    };
}

/// <summary>Splits work into parts with intermediate results that fit into the CPU cache.</summary>
internal static class Chunks
{
    /// <summary>Maximum size, in bytes, of an intermediate result that remains in the cache until it is used.</summary>
    private const long CacheBytes = 4 << 20;

    /// <summary>
    /// Applies an operation to parts of a tensor along a dimension in which results are independent, or to the whole tensor if gradients are needed.
    /// </summary>
    /// <param name="width">Length of the intermediate result's last dimension.</param>
    public static AnyTensor Map(AnyTensor x, int dimension, long width, Func<AnyTensor, AnyTensor> operation)
    {
        if (is_grad_enabled() || x.Eager is not Tensor numbers || numbers.device_type != DeviceType.CPU)
        {
            return operation(x);
        }

        var bytes = numbers.numel() / numbers.shape[^1] * width * numbers.element_size();
        var parts = Math.Min(numbers.shape[dimension], bytes / CacheBytes);
        return parts < 2 ? operation(x) : AnyTensor.cat([.. x.chunk(parts, dimension).Select(operation)], dimension);
    }
}

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>A module of one input and one result, written once for numbers and for graphs.</summary>
public abstract class Layer(string name) : TensorLayer(name)
{
    public abstract AnyTensor forward(AnyTensor input);

    /// <inheritdoc cref="forward(AnyTensor)"/>
    public new Tensor forward(Tensor input) => (Tensor)forward((AnyTensor)input);

    private protected sealed override Tensor Compute(Tensor input) => forward(input);

    /// <summary>Frees everything that is computed on the way but the result.</summary>
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
/// A module as TorchSharp calls it; a class of its own, because C# prefers a method of a derived class even where one of its base class fits better.
/// </summary>
public abstract class TensorLayer(string name) : nn.Module<Tensor, Tensor>(name)
{
    public sealed override Tensor forward(Tensor input) => Compute(input);

    private protected abstract Tensor Compute(Tensor input);
}

/// <summary>Modules of TorchSharp applied to what networks compute with.</summary>
internal static class Modules
{
    /// <exception cref="NotSupportedException">The module is of a kind that no network here has.</exception>
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
        _ => throw new NotSupportedException($"{module.GetName()} is no layer of a network."),
    };
}

/// <summary>Splits work into parts whose intermediate results stay in a processor's cache.</summary>
internal static class Chunks
{
    /// <summary>The bytes of an intermediate result that a cache keeps until it is used.</summary>
    private const long CacheBytes = 4 << 20;

    /// <summary>
    /// Applies an operation that treats the indices of one dimension alike to a part of them at a time; to all at once where gradients need
    /// them.
    /// </summary>
    /// <param name="width">Numbers per row of the last dimension in the intermediate result.</param>
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

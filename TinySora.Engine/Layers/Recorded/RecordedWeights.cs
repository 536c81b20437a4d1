using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>The weights of a network, as views of one tensor whose gradients are stored in another one of the same layout.</summary>
internal sealed class RecordedWeights
{
    private readonly (nint Address, long Size)[] all;
    private readonly (nint Values, nint Gradients, long Size) flat;

    /// <param name="weights">The network's parameters.</param>
    /// <param name="values">(N) float32, contains the trainable weights.</param>
    /// <param name="gradients">(N) float32, receives the gradients.</param>
    public RecordedWeights(IEnumerable<Tensor> weights, Tensor values, Tensor gradients)
    {
        List<Tensor> trained = [.. weights.Where(weight => weight.requires_grad)];
        First = trained.FirstOrDefault();
        all = [.. trained.Select(weight => (TensorView.Address(weight), weight.numel()))];
        flat = (TensorView.Address(values), TensorView.Address(gradients), values.numel());
    }

    private RecordedWeights(RecordedWeights other, nint gradients)
    {
        (First, all, flat) = (other.First, other.all, other.flat with { Gradients = gradients });
    }

    /// <summary>The first trainable weight; <c>null</c> if there are only frozen weights.</summary>
    public Tensor? First { get; }

    /// <summary>Whether all weights are parts of the tensor.</summary>
    public bool AreFlat => all.All(weight =>
        weight.Address >= flat.Values && weight.Address + (weight.Size * sizeof(float)) <= flat.Values + (flat.Size * sizeof(float)));

    /// <summary>Offsets of the weights that are used, in the tensor of all values.</summary>
    public HashSet<long> Used { get; } = [];

    /// <summary>Number of values from the first weight in memory to the last one.</summary>
    public long Extent => ((all.Max(weight => weight.Address + (nint)(weight.Size * sizeof(float))) - Start) / sizeof(float));

    private nint Start => all.Min(weight => weight.Address);

    /// <summary>Returns the same weights with other memory for the gradients.</summary>
    /// <param name="gradients">Address of <see cref="Extent"/> float32 values in the layout of the weights.</param>
    public RecordedWeights WithGradients(nint gradients) => new(this, gradients - (Start - flat.Values));

    /// <summary>Returns the memory of the gradients of used weights in address order, with adjacent ones merged.</summary>
    /// <returns>Addresses and numbers of values.</returns>
    public IReadOnlyList<(nint Address, long Size)> FindGradients()
    {
        var ranges = new List<(nint Address, long Size)>();
        foreach (var (address, size) in all.Where(weight => Used.Contains((weight.Address - flat.Values) / sizeof(float))).OrderBy(weight => weight.Address))
        {
            var at = flat.Gradients + (address - flat.Values);
            if (ranges is [.., var last] && last.Address + (nint)(last.Size * sizeof(float)) == at)
            {
                ranges[^1] = (last.Address, last.Size + size);
            }
            else
            {
                ranges.Add((at, size));
            }
        }

        return ranges;
    }

    /// <summary>Returns whether the memory is still that of these tensors.</summary>
    public bool IsIn(Tensor values, Tensor gradients) => flat.Values == TensorView.Address(values) && flat.Gradients == TensorView.Address(gradients);

    /// <summary>Finds the weight that a tensor is a view of; <c>null</c> if it is not a view of any.</summary>
    /// <returns>Address, number of values, address of the gradient, and index of the view's first value.</returns>
    public (nint Address, long Size, nint GradientAddress, long Offset)? Find(Tensor view)
    {
        var address = TensorView.Address(view);
        foreach (var (from, size) in all)
        {
            if (address >= from && address < from + (nint)(size * sizeof(float)))
            {
                Used.Add((from - flat.Values) / sizeof(float));
                return (from, size, flat.Gradients + (from - flat.Values), (address - from) / sizeof(float));
            }
        }

        return null;
    }
}

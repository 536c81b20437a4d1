using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>Records the backward pass of a program: the operations' gradients in reverse order, and their sums.</summary>
internal sealed class GradientTape(Recording recording)
{
    private readonly List<(RecordedTensor Result, Action<RecordedTensor> Backward)> operations = [];
    private readonly Dictionary<Storage, (RecordedTensor All, bool IsOwned)> gradients = [];

    /// <summary>Adds an operation whose result depends on weights or other inputs that need gradients.</summary>
    /// <param name="backward">Records the gradients of the operands, given the gradient of the result.</param>
    public void Add(RecordedTensor result, IEnumerable<RecordedTensor?> operands, Action<RecordedTensor> backward)
    {
        if (operands.Any(operand => operand is { Storage.NeedsGradient: true }))
        {
            result.Storage.NeedsGradient = true;
            operations.Add((result, backward));
        }
    }

    /// <summary>Records the backward pass, with the gradient of the result as its input.</summary>
    public void Run(RecordedTensor result, RecordedTensor gradient)
    {
        Add(result, gradient);
        for (var i = operations.Count - 1; i >= 0; i--)
        {
            var (made, backward) = operations[i];
            if (gradients.ContainsKey(made.Storage))
            {
                backward(At(made));
            }
        }
    }

    /// <summary>Returns the gradient of a value after the pass; <c>null</c> if the result does not depend on it.</summary>
    public RecordedTensor? Find(RecordedTensor value) => gradients.ContainsKey(value.Storage) ? At(value) : null;

    /// <summary>Adds a contribution to a gradient, if it is needed. The contribution must not change afterwards.</summary>
    public void Add(RecordedTensor target, RecordedTensor contribution)
    {
        if (!target.Storage.NeedsGradient)
        {
            return;
        }

        if (!gradients.TryGetValue(target.Storage, out var sum))
        {
            if (target.Storage.GradientAddress == 0 && target.IsWhole && contribution.IsWhole)
            {
                gradients[target.Storage] = (contribution.Reshape(-1), false);
                return;
            }

            var view = Begin(target);
            target.Strided(target.IsDense ? "copy" : "accumulate", [contribution, view]);
            return;
        }

        if (!sum.IsOwned)
        {
            // The memory of the first contribution also belongs to another gradient.
            var own = recording.Result([target.Storage.Size]);
            if (target.IsWhole)
            {
                recording.Call("binary", [sum.All, contribution.Contiguous().Reshape(-1), own], 0);
                gradients[target.Storage] = (own, true);
                return;
            }

            recording.Call("copy", [sum.All, own]);
            gradients[target.Storage] = (own, true);
        }

        target.Strided("accumulate", [contribution, At(target)]);
    }

    /// <summary>Records a kernel that overwrites the gradients of operands. It is omitted if none of them is needed.</summary>
    /// <param name="targets">Operands; <c>null</c> for an absent one.</param>
    /// <param name="write">Receives the memory for each gradient, in the operand's shape; <c>null</c> for an absent operand.</param>
    /// <param name="anyOrder">Whether the kernel can write to the operands' memory layout; otherwise only to contiguous memory.</param>
    public void Write(RecordedTensor?[] targets, Action<RecordedTensor?[]> write, bool anyOrder = false)
    {
        if (!targets.Any(target => target is { Storage.NeedsGradient: true }))
        {
            return;
        }

        var places = new RecordedTensor?[targets.Length];
        List<(RecordedTensor Target, RecordedTensor Part)> parts = [];
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] is not { } target)
            {
                continue;
            }

            if (target.Storage.NeedsGradient && !gradients.ContainsKey(target.Storage) && (anyOrder ? target.IsDense : target.IsWhole))
            {
                places[i] = Begin(target);
                continue;
            }

            var part = recording.Result(target.shape);
            parts.Add((target, part));
            places[i] = part;
        }

        write(places);
        foreach (var (target, part) in parts)
        {
            Add(target, part);
        }
    }

    /// <inheritdoc cref="Write(RecordedTensor?[], Action{RecordedTensor?[]}, bool)"/>
    public void Write(RecordedTensor target, Action<RecordedTensor> write, bool anyOrder = false) => Write([target], places => write(places[0]!), anyOrder);

    /// <summary>Creates the gradient for a storage: zeros, unless the target covers all of it.</summary>
    /// <returns>The target's part.</returns>
    private RecordedTensor Begin(RecordedTensor target)
    {
        var all = target.Storage.GradientAddress == 0 ? recording.Result([target.Storage.Size])
            : recording.Outside(target.Storage.GradientAddress, target.Storage.Size);
        if (!target.IsDense)
        {
            recording.Call("fill", [all], NativeKernel.Bits(0));
        }

        gradients[target.Storage] = (all, true);
        return At(target);
    }

    private RecordedTensor At(RecordedTensor value)
    {
        var all = gradients[value.Storage].All;
        return new RecordedTensor(recording, all.Storage, ScalarType.Float32, value.shape, value.Strides, all.Offset + value.Offset);
    }
}

using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Errors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// All trainable parameters of a model in one tensor, and their gradients in another. The model's parameters become views
/// into it, so that clipping, the optimizer and the average are a handful of operators however many layers there are.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    /// <summary>The multiple of numbers at which each parameter begins: a cache line.</summary>
    private const long AlignedElements = 16;

    /// <summary>The least rows, and columns, of what counts as a matrix.</summary>
    private const long LeastSide = 8;

    /// <summary>The number of gradients that are summed up at a time.</summary>
    private const long NormElements = 4096;

    private readonly List<Slot> slots = [];

    /// <summary>Offsets of the parameters whose gradients were written where they belong the last time.</summary>
    private HashSet<long> written = [];

    /// <param name="model">On its final device: moving it afterwards would replace its parameters.</param>
    /// <param name="contains">Which of its parameters, by name; null: all.</param>
    /// <param name="decayedAxes">Parameters of at least so many axes come first, see <see cref="Decayed"/>.</param>
    public FlatParameters(nn.Module model, Func<string, bool>? contains = null, int decayedAxes = 0)
    {
        var parameters = Trainable(model).Where(item => contains?.Invoke(item.name) != false)
            .OrderBy(item => item.parameter.ndim >= decayedAxes ? 0 : 1).ToList();
        if (parameters.Count == 0)
        {
            throw TrainingErrors.NoParameters(model.GetName());
        }

        var length = 0L;
        foreach (var (name, parameter) in parameters)
        {
            slots.Add(new Slot(name, parameter, length, parameter.shape, parameter.stride()));
            length += Aligned(parameter);
            Decayed = parameter.ndim >= decayedAxes ? length : Decayed;
        }

        var device = parameters[0].parameter.device;
        var tables = model.named_modules().Where(item => item.module is Embedding).Select(item => item.name + ".weight").ToHashSet();
        Matrices = [.. slots.Where(slot => slot.Name.EndsWith(".weight", StringComparison.Ordinal) && !tables.Contains(slot.Name))
            .Select(slot => new FlatMatrix(slot.Offset, Aligned(slot.Parameter), slot.Shape[0], slot.Parameter.numel() / slot.Shape[0], slot.Of))
            .Where(matrix => Math.Min(matrix.Rows, matrix.Columns) >= LeastSide)];
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        Gradients = zeros([length], float32, device).DetachFromDisposeScope();
        Values = zeros([length], float32, device).DetachFromDisposeScope();
        foreach (var slot in slots)
        {
            var view = slot.Of(Values);
            view.copy_(slot.Parameter);
            slot.Parameter.set_(view);
            slot.Gradient = slot.Of(Gradients).DetachFromDisposeScope();
        }
    }

    /// <summary>N for a model, before its parameters are put together.</summary>
    public static long Length(nn.Module model) => Trainable(model).Sum(item => Aligned(item.parameter));

    /// <summary>The values of all parameters, (N) float32, which the optimizer works on.</summary>
    public Tensor Values { get; }

    /// <summary>How many of the first elements weight decay is for.</summary>
    public long Decayed { get; }

    /// <summary>The gradients of all parameters, (N) float32, in which the backward pass accumulates.</summary>
    public Tensor Gradients { get; }

    /// <summary>
    /// The weights of linear layers and convolutions that mix at least <see cref="LeastSide"/> inputs into as many outputs: neither tables of embeddings,
    /// nor gains, biases and other parameters of a layer's own.
    /// </summary>
    public IReadOnlyList<FlatMatrix> Matrices { get; }

    /// <summary>Whether autograd looks after these parameters: while others have their turn it need not.</summary>
    public void Require(bool gradients)
    {
        foreach (var slot in slots)
        {
            slot.Parameter.requires_grad = gradients;
        }
    }

    /// <summary>Computes the gradients of a scalar.</summary>
    /// <param name="adds">Whether they are added to those that there are.</param>
    public void Backward(Tensor loss, bool adds = false)
    {
        if (adds)
        {
            KernelOperation.RunBackward(() => loss.backward());
            return;
        }

        // Attached anew every time, because a module whose gradients were set to null gets fresh ones from autograd that nobody
        // here would see. What a kernel wrote the last time needs no zeros to add to, and nothing is attached.
        using var scope = NewDisposeScope();
        var expected = written;
        if (expected.Count == 0)
        {
            Gradients.zero_();
        }

        foreach (var slot in slots)
        {
            var isWritten = expected.Contains(slot.Offset);
            slot.Parameter.grad = isWritten ? null : slot.Gradient;
            if (!isWritten && expected.Count > 0)
            {
                slot.Gradient!.zero_();
            }
        }

        written = Kernels.Backward(loss, Values, Gradients, slots.Select(slot => slot.Offset));
        using var nothing = no_grad();
        foreach (var slot in slots.Where(slot => expected.Contains(slot.Offset)))
        {
            // Another layer that shares the weight, or another way through this one, has its gradient from autograd.
            if (!written.Contains(slot.Offset))
            {
                slot.Gradient!.zero_();
            }

            if (slot.Parameter.grad is Tensor other)
            {
                slot.Gradient!.add_(other);
            }

            slot.Parameter.grad = slot.Gradient;
        }
    }

    /// <summary>The Euclidean norm of all gradients, a scalar on the device; the caller's dispose scope owns it.</summary>
    /// <remarks>
    /// In parts, because libtorch reduces to one number on one thread, and short ones, because it sums in float32: of a sum of
    /// millions the last digits are lost one after the other.
    /// </remarks>
    public Tensor GradientNorm()
    {
        var whole = Gradients.shape[0] / NormElements * NormElements;
        var parts = Gradients.narrow(0, 0, whole).view(-1, NormElements).norm(dim: 1);
        var rest = Gradients.narrow(0, whole, Gradients.shape[0] - whole).norm().reshape(1);
        return cat([parts, rest]).to(float64).norm().to(float32);
    }

    /// <summary>A tensor laid out like <see cref="Values"/> as views by parameter name; the caller's dispose scope owns them.</summary>
    public IEnumerable<(string Name, Tensor View)> Views(Tensor flat) => slots.Select(slot => (slot.Name, slot.Of(flat)));

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.Parameter.grad = null;
            slot.Gradient?.Dispose();
        }

        Gradients.Dispose();
        Values.Dispose();
    }

    private static IEnumerable<(string name, Parameter parameter)> Trainable(nn.Module model) =>
        TiedWeights.Once(model.named_parameters().Where(item => item.parameter.requires_grad), item => item.parameter);

    private static long Aligned(Tensor parameter) => (parameter.numel() + AlignedElements - 1) / AlignedElements * AlignedElements;

    private sealed record Slot(string Name, Parameter Parameter, long Offset, long[] Shape, long[] Strides)
    {
        public Tensor? Gradient { get; set; }

        public Tensor Of(Tensor flat) => flat.as_strided(Shape, Strides, Offset);
    }
}

/// <summary>A weight of <see cref="FlatParameters"/> as a matrix: a row for each index of its first axis, all others in one.</summary>
/// <param name="Start">Its first element among all parameters.</param>
/// <param name="Length">Its elements, with those that fill the last cache line.</param>
/// <param name="Of">A tensor laid out like all parameters to its part in the weight's own shape.</param>
public sealed record FlatMatrix(long Start, long Length, long Rows, long Columns, Func<Tensor, Tensor> Of);

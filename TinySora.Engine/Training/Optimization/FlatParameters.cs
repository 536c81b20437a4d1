using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Errors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// All trainable parameters of a model in one flat tensor, and their gradients in another. The model's parameters become views of the flat tensor, so that
/// gradient clipping, the optimizer and averaging need only a few operators, regardless of the number of layers.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    /// <summary>Alignment of each parameter in elements, which is the size of a cache line.</summary>
    private const long AlignedElements = 16;

    /// <summary>Minimum number of rows and of columns of a weight that is treated as a matrix.</summary>
    private const long MinSide = 8;

    /// <summary>Number of gradients per partial sum.</summary>
    private const long NormElements = 4096;

    private readonly List<Slot> slots = [];

    /// <summary>Offsets of the parameters whose gradients kernels wrote directly in the last backward pass.</summary>
    private HashSet<long> written = [];

    /// <param name="model">Model on its final device; moving it later would replace its parameters.</param>
    /// <param name="contains">Selects parameters by name; <c>null</c> for all.</param>
    /// <param name="decayedAxes">Minimum number of axes of parameters with weight decay. These parameters are placed first; see <see cref="Decayed"/>.</param>
    public FlatParameters(nn.Module model, Func<string, bool>? contains = null, int decayedAxes = 0)
        : this([.. Trainable(model).Where(item => contains?.Invoke(item.Name) != false)], decayedAxes, model.GetName())
    {
        var tables = model.named_modules().Where(item => item.module is Embedding).Select(item => item.name + ".weight").ToHashSet();
        Matrices = [.. slots.Where(slot => slot.Name.EndsWith(".weight", StringComparison.Ordinal) && !tables.Contains(slot.Name))
            .Select(slot => new FlatMatrix(
                slot.Name, slot.Offset, Aligned(slot.Parameter), slot.Shape[0], slot.Parameter.numel() / slot.Shape[0], slot.Of))
            .Where(matrix => Math.Min(matrix.Rows, matrix.Columns) >= MinSide)];
    }

    /// <param name="all">Parameters by name.</param>
    /// <param name="model">Name of the model, for the error if there are no parameters.</param>
    /// <inheritdoc cref="FlatParameters(nn.Module, Func{string, bool}?, int)"/>
    internal FlatParameters(IReadOnlyList<(string Name, Parameter Parameter)> all, int decayedAxes, string model)
    {
        var parameters = all.OrderBy(item => item.Parameter.ndim >= decayedAxes ? 0 : 1).ToList();
        if (parameters.Count == 0)
        {
            throw TrainingErrors.NoParameters(model);
        }

        var length = 0L;
        foreach (var (name, parameter) in parameters)
        {
            slots.Add(new Slot(name, parameter, length, parameter.shape, parameter.stride()));
            length += Aligned(parameter);
            Decayed = parameter.ndim >= decayedAxes ? length : Decayed;
        }

        var device = parameters[0].Parameter.device;
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

    /// <summary>Returns the length N of the flat tensor for a model, without creating the tensor.</summary>
    public static long Length(nn.Module model) => Trainable(model).Sum(item => Aligned(item.Parameter));

    /// <summary>Values of all parameters, (N) float32, which the optimizer updates.</summary>
    public Tensor Values { get; }

    /// <summary>Number of elements with weight decay, which come first in the flat tensor.</summary>
    public long Decayed { get; }

    /// <summary>Gradients of all parameters, (N) float32, accumulated by the backward pass.</summary>
    public Tensor Gradients { get; }

    /// <summary>
    /// Weights of linear layers and convolutions with at least <see cref="MinSide"/> inputs and outputs. Embedding tables, gains, biases and other parameters
    /// are not included.
    /// </summary>
    public IReadOnlyList<FlatMatrix> Matrices { get; } = [];

    public IEnumerable<string> Names => slots.Select(slot => slot.Name);

    /// <summary>Sets whether autograd tracks the parameters. Tracking is not needed while other parameter groups are updated.</summary>
    public void SetRequiresGradient(bool gradients)
    {
        foreach (var slot in slots)
        {
            slot.Parameter.requires_grad = gradients;
        }
    }

    /// <summary>
    /// Announces that <see cref="Backward"/> will follow once, without adding to existing gradients, until the result is disposed. Networks may then record
    /// their passes.
    /// </summary>
    public IDisposable ExpectBackward() => DirectGradients.Expect(Values, Gradients);

    /// <summary>Computes the gradients of a scalar.</summary>
    /// <param name="adds">Whether to add to the existing gradients.</param>
    public void Backward(Tensor loss, bool adds = false)
    {
        if (adds)
        {
            KernelOperation.RunBackward(() => loss.backward());
            return;
        }

        // Attach gradients each time: if a module's gradients were set to null, autograd would create new ones elsewhere. Gradients that a kernel wrote
        // directly in the last pass need no zeros to accumulate into, so nothing is attached.
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
            // If a weight is shared or used more than once, autograd computes the rest of its gradient.
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

    /// <summary>Returns the Euclidean norm of all gradients, a scalar on the device, owned by the caller's dispose scope.</summary>
    /// <remarks>
    /// Computes partial sums first, because libtorch uses only one thread to reduce a tensor to a single number. Each partial sum has few terms, because
    /// libtorch sums in float32, which loses precision over millions of values.
    /// </remarks>
    public Tensor GradientNorm()
    {
        var whole = Gradients.shape[0] / NormElements * NormElements;
        var parts = Gradients.narrow(0, 0, whole).view(-1, NormElements).norm(dim: 1);
        var rest = Gradients.narrow(0, whole, Gradients.shape[0] - whole).norm().reshape(1);
        return cat([parts, rest]).to(float64).norm().to(float32);
    }

    /// <summary>Returns views into a tensor with the layout of <see cref="Values"/>, by parameter name, owned by the caller's dispose scope.</summary>
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

    private static IEnumerable<(string Name, Parameter Parameter)> Trainable(nn.Module model) =>
        TiedWeights.Distinct(model.named_parameters().Where(item => item.parameter.requires_grad), item => item.parameter);

    private static long Aligned(Tensor parameter) => (parameter.numel() + AlignedElements - 1) / AlignedElements * AlignedElements;

    private sealed record Slot(string Name, Parameter Parameter, long Offset, long[] Shape, long[] Strides)
    {
        public Tensor? Gradient { get; set; }

        public Tensor Of(Tensor flat) => flat.as_strided(Shape, Strides, Offset);
    }
}

/// <summary>A weight in <see cref="FlatParameters"/> as a matrix: the first axis of the weight becomes the rows, and all other axes form the columns.</summary>
/// <param name="Name">Name of the weight in the model.</param>
/// <param name="Start">Index of the weight's first element among all parameters.</param>
/// <param name="Length">Number of elements, including padding to a cache line.</param>
/// <param name="Of">Function that returns the weight's part of a tensor with the layout of all parameters, in the weight's own shape.</param>
public sealed record FlatMatrix(string Name, long Start, long Length, long Rows, long Columns, Func<Tensor, Tensor> Of);

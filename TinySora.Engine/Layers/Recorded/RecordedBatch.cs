using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>A recorded pass over a batch. The batch is divided into parts that run in parallel, each on one thread.</summary>
/// <param name="parts">Programs, each with the index of the first example it computes. Their memory is not shared.</param>
/// <param name="gradients">Gradients of the parts; <c>null</c> if gradients are not recorded or there is only one part.</param>
internal sealed class RecordedBatch(IReadOnlyList<(RecordedProgram Program, long First)> parts, PartialGradients? gradients = null) : IDisposable
{
    private readonly IReadOnlyList<(NativeProgram, int, int)> forward = [.. parts.Select(part => part.Program.Forward)];
    private readonly IReadOnlyList<(NativeProgram, int, int)> backward = [.. parts.Select(part => part.Program.Backward)];

    public RecordedBatch(RecordedProgram program)
        : this([(program, 0)])
    {
    }

    /// <summary>Names of the kernels, in the order of their calls.</summary>
    public IReadOnlyList<string> Kernels => [.. parts.SelectMany(part => part.Program.Kernels)];

    /// <summary>
    /// Divides a batch into a part per thread. A batch with fewer examples than threads is not divided, because the kernels can use all threads.
    /// </summary>
    /// <returns>Index of the first example and number of examples of each part.</returns>
    public static IReadOnlyList<(long First, long Count)> Divide(long examples)
    {
        var threads = get_num_threads();
        return EvenParts.Divide(examples, examples < threads ? 1 : threads);
    }

    /// <summary>Runs the forward pass.</summary>
    /// <param name="values">Contiguous float32 tensors on the CPU, in the shapes of the inputs.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Run(params ReadOnlySpan<Tensor> values)
    {
        foreach (var (program, first) in parts)
        {
            for (var i = 0; i < values.Length; i++)
            {
                program.Set(i, values[i], first);
            }
        }

        NativeProgram.Run(forward);
        return Get(0);
    }

    /// <summary>Runs the backward pass of the last forward pass, which writes the gradients of the weights.</summary>
    /// <param name="gradient">Gradient of the result, contiguous float32.</param>
    /// <returns>New tensors: the gradients of the inputs that need them.</returns>
    public Tensor[] RunBackward(Tensor gradient)
    {
        foreach (var (program, first) in parts)
        {
            program.Set(-1, gradient, first);
        }

        NativeProgram.Run(backward);
        gradients?.Add();
        return [.. Enumerable.Range(1, parts[0].Program.Outputs - 1).Select(Get)];
    }

    public void Dispose()
    {
        foreach (var (program, _) in parts)
        {
            program.Dispose();
        }

        gradients?.Dispose();
    }

    private Tensor Get(int output)
    {
        var shape = parts[0].Program.OutputShape(output);
        var result = empty(parts.Count == 1 ? shape : [parts.Sum(part => part.Program.OutputShape(output)[0]), .. shape[1..]], ScalarType.Float32);
        foreach (var (program, first) in parts)
        {
            program.Get(output, result, first);
        }

        return result;
    }
}

using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>Memory for all results of a program. Lifetimes determine the places, so results that are not needed at the same time share memory.</summary>
/// <param name="size">Number of float32 values.</param>
internal sealed unsafe class ProgramBlock(long size) : IDisposable
{
    private const nuint LineBytes = 64;

    private void* memory = NativeMemory.AlignedAlloc((nuint)Math.Max(size, 1) * sizeof(float), LineBytes);

    ~ProgramBlock() => Free();

    public nint Address => (nint)memory;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}

/// <summary>A recorded pass: a flat list of kernel calls over memory that was planned once. <see cref="RecordedBatch"/> runs it.</summary>
internal sealed unsafe class RecordedProgram : IDisposable
{
    private readonly ProgramBlock block;
    private readonly NativeProgram program;
    private readonly IReadOnlyList<RecordedTensor> inputs;
    private readonly IReadOnlyList<RecordedTensor> outputs;
    private readonly int forward;
    private readonly IReadOnlyList<Tensor> kept;
    private readonly IReadOnlyList<Tensor> owned;

    /// <param name="inputs">Inputs; after a backward pass, the last one is the gradient of the result.</param>
    /// <param name="outputs">The result, then the gradients that the backward pass returns.</param>
    /// <param name="forward">Number of calls in the forward pass.</param>
    /// <param name="kept">Tensors outside the block that the calls use.</param>
    /// <param name="owned">Further such tensors, which are disposed with the program.</param>
    public RecordedProgram(
        ProgramBlock block, IReadOnlyList<KernelCall> calls, IReadOnlyList<RecordedTensor> inputs, IReadOnlyList<RecordedTensor> outputs, int forward,
        IReadOnlyList<Tensor> kept, IReadOnlyList<Tensor> owned)
    {
        (this.block, this.inputs, this.outputs, this.forward, this.kept, this.owned) = (block, inputs, outputs, forward, kept, owned);
        program = new NativeProgram(calls);
        Kernels = [.. calls.Select(call => call.Kernel)];
    }

    /// <summary>Names of the kernels, in the order of their calls.</summary>
    public IReadOnlyList<string> Kernels { get; }

    /// <summary>The calls of the forward pass.</summary>
    public (NativeProgram Program, int First, int Count) Forward => (program, 0, forward);

    /// <summary>The calls of the backward pass of the last forward pass, which write the gradients of the weights.</summary>
    public (NativeProgram Program, int First, int Count) Backward => (program, forward, Kernels.Count - forward);

    /// <summary>Number of outputs.</summary>
    public int Outputs => outputs.Count;

    /// <summary>Sets an input.</summary>
    /// <param name="input">Index; -1 for the gradient of the result.</param>
    /// <param name="values">Contiguous float32 tensor on the CPU, which may contain more examples than the recorded batch.</param>
    /// <param name="first">Index of the first example to copy.</param>
    public void Set(int input, Tensor values, long first)
    {
        var place = input < 0 ? inputs[^1] : inputs[input];
        var bytes = place.Storage.Size * sizeof(float);
        Buffer.MemoryCopy((float*)TensorView.Address(values) + Offset(place, first), (void*)place.Storage.Address, bytes, bytes);
    }

    /// <summary>Copies an output to a tensor like that of <see cref="Set"/>.</summary>
    public void Get(int output, Tensor values, long first)
    {
        var place = outputs[output];
        var bytes = place.Storage.Size * sizeof(float);
        Buffer.MemoryCopy((void*)place.Storage.Address, (float*)TensorView.Address(values) + Offset(place, first), bytes, bytes);
        GC.KeepAlive(kept);
    }

    /// <summary>Returns the shape of an output.</summary>
    public long[] OutputShape(int output) => outputs[output].shape;

    public void Dispose()
    {
        program.Dispose();
        block.Dispose();
        foreach (var tensor in owned)
        {
            tensor.Dispose();
        }
    }

    private static long Offset(RecordedTensor place, long first) => first == 0 ? 0 : first * (place.Storage.Size / place.shape[0]);
}

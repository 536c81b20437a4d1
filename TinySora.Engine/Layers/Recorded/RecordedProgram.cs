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

/// <summary>A recorded forward pass: a flat list of kernel calls over memory that was planned once.</summary>
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

    /// <summary>Runs the forward pass.</summary>
    /// <param name="values">Contiguous float32 tensors on the CPU, in the shapes of the recorded inputs.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Run(params ReadOnlySpan<Tensor> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            Set(inputs[i], values[i]);
        }

        program.Run(0, forward);
        GC.KeepAlive(kept);
        return Get(outputs[0]);
    }

    /// <summary>Runs the backward pass of the last forward pass, which writes the gradients of the weights.</summary>
    /// <param name="gradient">Gradient of the result, contiguous float32.</param>
    /// <returns>New tensors: the gradients of the inputs that need them.</returns>
    public Tensor[] RunBackward(Tensor gradient)
    {
        Set(inputs[^1], gradient);
        program.Run(forward, Kernels.Count - forward);
        GC.KeepAlive(kept);
        return [.. outputs.Skip(1).Select(Get)];
    }

    public void Dispose()
    {
        program.Dispose();
        block.Dispose();
        foreach (var tensor in owned)
        {
            tensor.Dispose();
        }
    }

    private static void Set(RecordedTensor input, Tensor value)
    {
        var bytes = input.Storage.Size * sizeof(float);
        Buffer.MemoryCopy((void*)TensorView.Address(value), (void*)input.Storage.Address, bytes, bytes);
    }

    private static Tensor Get(RecordedTensor output)
    {
        var result = empty(output.shape, ScalarType.Float32);
        var bytes = output.Storage.Size * sizeof(float);
        Buffer.MemoryCopy((void*)output.Storage.Address, (void*)TensorView.Address(result), bytes, bytes);
        return result;
    }
}

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
    private readonly RecordedTensor output;
    private readonly IReadOnlyList<Tensor> kept;
    private readonly IReadOnlyList<Tensor> owned;

    /// <param name="kept">Tensors outside the block that the calls use.</param>
    /// <param name="owned">Further such tensors, which are disposed with the program.</param>
    public RecordedProgram(
        ProgramBlock block, IReadOnlyList<KernelCall> calls, IReadOnlyList<RecordedTensor> inputs, RecordedTensor output, IReadOnlyList<Tensor> kept,
        IReadOnlyList<Tensor> owned)
    {
        (this.block, this.inputs, this.output, this.kept, this.owned) = (block, inputs, output, kept, owned);
        program = new NativeProgram(calls);
        Kernels = [.. calls.Select(call => call.Kernel)];
    }

    /// <summary>Names of the kernels, in the order of their calls.</summary>
    public IReadOnlyList<string> Kernels { get; }

    /// <param name="values">Contiguous float32 tensors on the CPU, in the shapes of the recorded inputs.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Run(params ReadOnlySpan<Tensor> values)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var bytes = inputs[i].Storage.Size * sizeof(float);
            Buffer.MemoryCopy((void*)TensorView.Address(values[i]), (void*)inputs[i].Storage.Address, bytes, bytes);
        }

        program.Run();
        var result = empty(output.shape, ScalarType.Float32);
        var length = output.Storage.Size * sizeof(float);
        Buffer.MemoryCopy((void*)output.Storage.Address, (void*)TensorView.Address(result), length, length);
        GC.KeepAlive(kept);
        return result;
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
}

using System.Runtime.InteropServices;

namespace TinySora.Engine.Compute.Native;

/// <summary>A call of a kernel with its arguments.</summary>
/// <param name="Kernel">Name in TinySora.Kernels/kernels.h.</param>
/// <param name="Tensors">Tensors in the order of the declaration; default for an absent one.</param>
/// <param name="Scalars">Scalars in the order of the declaration; see <see cref="NativeKernel.Bits"/>.</param>
internal sealed record KernelCall(string Kernel, TensorView[] Tensors, long[] Scalars);

/// <summary>A list of kernel calls that can run in one native call. The memory that the calls use must outlive it.</summary>
internal sealed unsafe class NativeProgram : IDisposable
{
    private static readonly Lazy<nint> Replay = new(() => NativeLibrary.GetExport(KernelLibrary.Instance.Handle, "ts_replay"));

    private readonly string[] names;
    private Instruction* instructions;
    private TensorView* tensors;
    private long* scalars;

    public NativeProgram(IReadOnlyList<KernelCall> calls)
    {
        names = [.. calls.Select(call => call.Kernel)];
        instructions = (Instruction*)NativeMemory.Alloc((nuint)(calls.Count * sizeof(Instruction)));
        tensors = (TensorView*)NativeMemory.Alloc((nuint)(calls.Sum(call => call.Tensors.Length) * sizeof(TensorView)));
        scalars = (long*)NativeMemory.Alloc((nuint)(calls.Sum(call => call.Scalars.Length) * sizeof(long)));
        var tensor = tensors;
        var scalar = scalars;
        Dictionary<string, nint> kernels = [];
        for (var i = 0; i < calls.Count; i++)
        {
            var call = calls[i];
            if (!kernels.TryGetValue(call.Kernel, out var kernel))
            {
                kernels[call.Kernel] = kernel = KernelLibrary.Instance.Kernel(call.Kernel);
            }

            instructions[i] = new Instruction
            {
                Kernel = kernel, Tensors = tensor, Scalars = scalar, TensorCount = call.Tensors.Length, ScalarCount = call.Scalars.Length,
            };
            call.Tensors.CopyTo(new Span<TensorView>(tensor, call.Tensors.Length));
            call.Scalars.CopyTo(new Span<long>(scalar, call.Scalars.Length));
            tensor += call.Tensors.Length;
            scalar += call.Scalars.Length;
        }
    }

    ~NativeProgram() => Free();

    /// <summary>Number of calls.</summary>
    public int Count => names.Length;

    /// <summary>
    /// Runs calls of independent programs in parallel, each program on one thread. The kernels of a single program use all threads.
    /// </summary>
    /// <param name="parts">Programs, each with the index of the first call to run and the number of calls.</param>
    /// <exception cref="InvalidOperationException">A kernel rejected its arguments.</exception>
    public static void Run(IReadOnlyList<(NativeProgram Program, int First, int Count)> parts)
    {
        Span<Part> programs = stackalloc Part[parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            var (program, first, count) = parts[i];
            ObjectDisposedException.ThrowIf(program.instructions is null, program);
            programs[i] = new Part { Instructions = program.instructions + first, Count = count };
        }

        fixed (Part* all = programs)
        {
            ((delegate* unmanaged<Part*, int, void>)Replay.Value)(all, parts.Count);
        }

        GC.KeepAlive(parts);
        for (var i = 0; i < parts.Count; i++)
        {
            if (programs[i].Failed >= 0)
            {
                throw new InvalidOperationException($"{parts[i].Program.names[parts[i].First + programs[i].Failed]}: {KernelLibrary.Instance.Error()}");
            }
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(instructions);
        NativeMemory.Free(tensors);
        NativeMemory.Free(scalars);
        instructions = null;
        tensors = null;
        scalars = null;
    }

    /// <summary>The layout of Instruction in TinySora.Kernels/replay.cpp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        public nint Kernel;
        public TensorView* Tensors;
        public long* Scalars;
        public int TensorCount;
        public int ScalarCount;
    }

    /// <summary>The layout of Program in TinySora.Kernels/replay.cpp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public Instruction* Instructions;
        public int Count;
        public int Failed;
    }
}

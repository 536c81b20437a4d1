using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Collective operations between NVIDIA GPUs, through the C interface of NCCL 2 (Linux only), which is found at run time. Tensors remain on the GPU. NCCL
/// and libtorch both use the default stream, so their work runs in order.
/// </summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>Environment variable with the path of the NCCL library, if it is not found by name.</summary>
    public const string LibraryVariable = "TINYSORA_NCCL";

    private const int NcclFloat32 = 7;
    private const int NcclUint8 = 1;
    private const int NcclSum = 0;

    private readonly delegate* unmanaged[Cdecl]<void*, void*, nint, int, int, nint, nint, int> allReduce;
    private readonly delegate* unmanaged[Cdecl]<void*, void*, nint, int, int, nint, nint, int> broadcast;
    private readonly nint library;
    private readonly nint group;

    /// <summary>Joins the NCCL group. Returns when all processes have joined.</summary>
    /// <param name="id">ID of the group, the same in all processes.</param>
    /// <exception cref="TinySoraException">NcclFailed.</exception>
    internal NcclLibrary(nint library, Id id, int rank, int count)
    {
        allReduce = (delegate* unmanaged[Cdecl]<void*, void*, nint, int, int, nint, nint, int>)NativeLibrary.GetExport(library, "ncclAllReduce");
        broadcast = (delegate* unmanaged[Cdecl]<void*, void*, nint, int, int, nint, nint, int>)NativeLibrary.GetExport(library, "ncclBroadcast");
        var join = (delegate* unmanaged[Cdecl]<nint*, int, Id, int, int>)NativeLibrary.GetExport(library, "ncclCommInitRank");
        nint joined;
        Check(library, join(&joined, count, id, rank));
        (this.library, group) = (library, joined);
    }

    /// <summary>
    /// Connects the processes' GPUs; returns <c>null</c> if NCCL is unavailable or two processes share a GPU. All processes must call this method.
    /// </summary>
    /// <exception cref="TinySoraException">NcclFailed.</exception>
    public static NcclLibrary? Join(ProcessGroup processes, int gpu)
    {
        var library = Find();
        var gpus = processes.Gather(library == 0 ? "" : CudaDriver.SelectDevice(gpu) ?? "");
        if (gpus.Contains("") || gpus.Distinct().Count() < gpus.Count)
        {
            return null;
        }

        var id = processes.BroadcastValue(processes.Rank == 0 ? NewId(library) : default);
        return new NcclLibrary(library, id, processes.Rank, processes.Count);
    }

    /// <param name="values">Contiguous float32 tensor on the GPU.</param>
    public void Sum(Tensor values) => Sum(Data(values), (nint)values.numel());

    /// <param name="values">Contiguous tensor on the GPU.</param>
    public void Broadcast(Tensor values) => Broadcast(Data(values), (nint)(values.numel() * values.element_size()));

    internal void Sum(void* values, nint count) => Check(library, allReduce(values, values, count, NcclFloat32, NcclSum, group, 0));

    internal void Broadcast(void* values, nint bytes) => Check(library, broadcast(values, values, bytes, NcclUint8, 0, group, 0));

    /// <summary>Loads NCCL, which is either installed separately or included in libtorch, as in TorchSharp's packages. Returns 0 if it is not found.</summary>
    private static nint Find()
    {
        var named = Environment.GetEnvironmentVariable(LibraryVariable);
        return (named is { Length: > 0 } ? [named] : OperatingSystem.IsLinux() ? new[] { "libnccl.so.2", "libtorch_cuda.so" } : [])
            .Select(name => NativeFile.TryLoadInstalled(name, out var library) ? library : 0)
            .FirstOrDefault(library => library != 0 && NativeLibrary.TryGetExport(library, "ncclCommInitRank", out _));
    }

    /// <exception cref="TinySoraException">NcclFailed.</exception>
    internal static Id NewId(nint library)
    {
        Id id;
        Check(library, ((delegate* unmanaged[Cdecl]<Id*, int>)NativeLibrary.GetExport(library, "ncclGetUniqueId"))(&id));
        return id;
    }

    /// <summary>Returns the address of a tensor's values on a GPU; TorchSharp itself only returns addresses in CPU memory.</summary>
    internal static void* Data(Tensor values)
    {
        var data = (void*)TensorView.Address(values);
        GC.KeepAlive(values);
        return data;
    }

    private static void Check(nint library, int code)
    {
        if (code != 0)
        {
            var text = (delegate* unmanaged[Cdecl]<int, nint>)NativeLibrary.GetExport(library, "ncclGetErrorString");
            throw ProcessErrors.NcclFailed(code, Marshal.PtrToStringUTF8(text(code)) ?? "");
        }
    }

    /// <summary>NCCL's <c>ncclUniqueId</c>: 128 bytes that identify the group.</summary>
    internal struct Id
    {
#pragma warning disable CS0649 // NCCL fills the array.
        public fixed byte Value[128];
#pragma warning restore CS0649
    }
}

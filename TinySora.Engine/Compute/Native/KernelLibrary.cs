using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Installation;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>The library of fused kernels (TinySora.Kernels). It does not depend on libtorch, except that it shares libtorch's OpenMP threads.</summary>
/// <param name="Problem">Why the library is not available, as text for the user; <c>null</c> if it is loaded.</param>
/// <param name="Processors">Class of processors that the selected kernels were compiled for.</param>
internal sealed unsafe record KernelLibrary(nint Handle, string? Problem, string? Processors)
{
    public const string Name = "tinysora_kernels";

    /// <summary>Environment variable with the most advanced class of processors whose kernels may be used; <c>none</c> disables the kernels.</summary>
    private const string ProcessorsVariable = "TINYSORA_KERNELS";

    private const string RemoveVariable = $"Remove the environment variable {ProcessorsVariable}.";

    private static readonly string[] OpenMpNames = ["libgomp", "libiomp5", "libomp"];

    private static readonly Lazy<KernelLibrary> Loaded = new(Load);
    private static nint s_openMp;

    /// <summary>The kernel library, which is in the module's folder. It is loaded only once.</summary>
    public static KernelLibrary Instance => Loaded.Value;

    /// <summary>Whether the processor can multiply pairs of bfloat16 values. On the many processors that cannot, products are computed in float32.</summary>
    public bool MultipliesBFloat16 => Processors is "avx512-bf16" or "amx";

    /// <summary>What to do about <see cref="Problem"/>; <c>null</c> if nothing can be done on this machine.</summary>
    public string? Advice { get; init; } = "Reinstall the module. If you cloned the repository, run build.sh or build.ps1 again instead.";

    /// <summary>Opens a library file. libtorch must already be loaded, because the kernels use its OpenMP library.</summary>
    internal static KernelLibrary Open(string file)
    {
        nint library;
        try
        {
            library = NativeFile.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return new KernelLibrary(0, $"{file} cannot be loaded: {e.Message.ReplaceLineEndings(" ")}", null);
        }

        if (OpenMp() is not { } openMp)
        {
            return new KernelLibrary(0, "the OpenMP library that libtorch uses was not found", null) { Advice = "Run Install-TinySoraRuntime -Force." };
        }

        s_openMp = openMp;
        var open = (delegate* unmanaged<nint, delegate* unmanaged<nint, nint>, nint>)NativeLibrary.GetExport(library, "ts_open");
        var limit = Environment.GetEnvironmentVariable(ProcessorsVariable);
        var most = Marshal.StringToCoTaskMemUTF8(limit);
        var processors = Marshal.PtrToStringUTF8(open(most, &FunctionOfOpenMp));
        Marshal.FreeCoTaskMem(most);
        var opened = new KernelLibrary(library, null, processors);
        return processors is not null ? opened
            : opened with { Problem = opened.Error(), Advice = limit is null ? null : RemoveVariable };
    }

    /// <summary>Returns the address of a kernel, in the version that was compiled for this class of processors.</summary>
    public nint Kernel(string name)
    {
        var text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            var kernel = ((delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(Handle, "ts_kernel"))(text);
            return kernel != 0 ? kernel : throw new EntryPointNotFoundException($"The kernel library does not export '{name}'.");
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>Returns the error message of the last kernel that failed on this thread.</summary>
    public string? Error() => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(Handle, "ts_error"))());

    /// <summary>Returns unused kernel and tensor memory to the system. Does nothing before the library is loaded.</summary>
    public static void ReleaseMemory()
    {
        if (Loaded.IsValueCreated && Instance.Problem is null)
        {
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(Instance.Handle, "ts_release"))();
        }
    }

    /// <summary>
    /// Returns the number of bytes that tensors occupy in pages that the library keeps for reuse; 0 on Windows or if the library is not loaded.
    /// </summary>
    public long TensorBytes() => Problem is null ? ((delegate* unmanaged<long>)NativeLibrary.GetExport(Handle, "ts_tensor_bytes"))() : 0;

    internal static KernelLibrary Load()
    {
        if (Environment.GetEnvironmentVariable(ProcessorsVariable) == "none")
        {
            return new KernelLibrary(0, $"disabled by {ProcessorsVariable}", null) { Advice = RemoveVariable };
        }

        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return new KernelLibrary(0, "the fused kernels require an x64 processor", null) { Advice = null };
        }

        _ = torch.get_num_threads(); // loads libtorch if necessary
        return File() is { } file ? Open(file) : new KernelLibrary(0, $"{NativeFile.Of(Name)} is not in the module's folder", null);
    }

    /// <summary>Returns the path of the library file; <c>null</c> if there is none.</summary>
    internal static string? File() =>
        NativeFile.Find([InstalledRuntime.ModuleFolder], Name);

    /// <summary>
    /// Returns the OpenMP library that libtorch has loaded, from its own folder or from the system. Other libraries may have loaded a different one.
    /// </summary>
    private static nint? OpenMp()
    {
        using var process = Process.GetCurrentProcess();
        string[] files = [.. process.Modules.Cast<ProcessModule>().Select(module => module.FileName)];
        var folder = Path.GetDirectoryName(files.FirstOrDefault(file => Path.GetFileName(file).Contains("torch_cpu", StringComparison.Ordinal)));
        var found = files.Where(file => OpenMpNames.Any(name => Path.GetFileName(file).StartsWith(name, StringComparison.Ordinal)))
            .OrderByDescending(file => Path.GetDirectoryName(file) == folder).FirstOrDefault();
        return found is not null && NativeLibrary.TryLoad(found, out var library) ? library : null;
    }

    [UnmanagedCallersOnly]
    private static nint FunctionOfOpenMp(nint name) =>
        NativeLibrary.TryGetExport(s_openMp, Marshal.PtrToStringUTF8(name)!, out var function) ? function : 0;
}

/// <summary>A kernel, identified by its name in TinySora.Kernels/kernels.h.</summary>
internal sealed class NativeKernel(string name)
{
    private readonly Lazy<nint> entry = new(() => KernelLibrary.Instance.Kernel(name));

    public static long Bits(double number) => BitConverter.DoubleToInt64Bits(number);

    /// <param name="tensors">Tensors in the order of the declaration; <c>null</c> for an absent tensor.</param>
    /// <param name="scalars">Scalars in the order of the declaration; see <see cref="Bits"/>.</param>
    /// <exception cref="InvalidOperationException">The kernel rejected the arguments.</exception>
    public unsafe void Run(ReadOnlySpan<Tensor?> tensors, params ReadOnlySpan<long> scalars)
    {
        Span<TensorView> views = stackalloc TensorView[tensors.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            views[i] = TensorView.From(tensors[i]);
        }

        bool succeeded;
        fixed (TensorView* view = views)
        fixed (long* scalar = scalars)
        {
            var run = (delegate* unmanaged<TensorView*, int, long*, int, byte>)entry.Value;
            succeeded = run(view, views.Length, scalar, scalars.Length) != 0;
        }

        foreach (var tensor in tensors)
        {
            GC.KeepAlive(tensor);
        }

        if (!succeeded)
        {
            throw new InvalidOperationException($"{name}: {KernelLibrary.Instance.Error()}");
        }
    }
}

/// <summary>Describes a tensor's memory to the kernels, with the layout in TinySora.Kernels/tensor.h. Valid only as long as the tensor exists.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct TensorView
{
    public const int MaxDimensions = 6;

    private nint data;
    private int type;
    private int dimensions;
    private fixed long sizes[MaxDimensions];
    private fixed long strides[MaxDimensions];

    /// <param name="tensor">A tensor on the CPU; <c>null</c> for an absent one.</param>
    public static TensorView From(Tensor? tensor)
    {
        var view = default(TensorView);
        if (tensor is null)
        {
            return view;
        }

        var shape = tensor.shape;
        if (tensor.device_type != DeviceType.CPU || shape.Length > MaxDimensions)
        {
            throw new ArgumentException($"Kernels support only tensors on the CPU with at most {MaxDimensions} dimensions.", nameof(tensor));
        }

        view.data = Address(tensor);
        view.type = (int)tensor.dtype;
        view.dimensions = shape.Length;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            view.sizes[axis] = shape[axis];
            view.strides[axis] = tensor.stride(axis);
        }

        return view;
    }

    /// <summary>Describes float32 values at an address, which the caller keeps valid.</summary>
    /// <param name="strides">Distances between values along each axis, in values.</param>
    public static TensorView At(nint address, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        var view = new TensorView { data = address, type = (int)ScalarType.Float32, dimensions = shape.Length };
        for (var axis = 0; axis < shape.Length; axis++)
        {
            view.sizes[axis] = shape[axis];
            view.strides[axis] = strides[axis];
        }

        return view;
    }

    public static nint Address(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>Returns the address of the first value. TorchSharp's own method works only for contiguous tensors.</summary>
    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Installation;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>The library of fused kernels (TinySora.Kernels), which knows nothing of libtorch but the OpenMP whose threads it shares.</summary>
/// <param name="Problem">Why there is none, for a user to read; null: it is loaded.</param>
/// <param name="Processors">The class of processors that its kernels were compiled for.</param>
internal sealed unsafe record KernelLibrary(nint Handle, string? Problem, string? Processors)
{
    public const string Name = "tinysora_kernels";

    /// <summary>Names a class of processors that the kernels are to be for at most, or none, and operators compute all.</summary>
    private const string ProcessorsVariable = "TINYSORA_KERNELS";

    private const string Remedy = "Install-TinySoraRuntime gets them; in a clone build again with build.sh or build.ps1.";

    private static readonly string[] OpenMpNames = ["libgomp", "libiomp5", "libomp"];

    private static readonly Lazy<KernelLibrary> Loaded = new(Load);
    private static nint s_openMp;

    /// <summary>The loaded library, beside the module or where Install-TinySoraRuntime put it; looked for once.</summary>
    public static KernelLibrary Found => Loaded.Value;

    /// <summary>Whether the processor multiplies pairs of bfloat16, as few do; otherwise products are computed in float32.</summary>
    public bool MultipliesBFloat16 => Processors == "avx512-bf16";

    /// <summary>Opens a library's file. libtorch must be loaded, for the library uses the OpenMP that is there.</summary>
    internal static KernelLibrary Open(string file)
    {
        nint library;
        try
        {
            library = NativeFile.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return new KernelLibrary(0, $"{file} cannot be loaded: {e.Message.ReplaceLineEndings(" ")} {Remedy}", null);
        }

        if (OpenMp() is not { } openMp)
        {
            return new KernelLibrary(0, "the OpenMP that libtorch uses was not found", null);
        }

        s_openMp = openMp;
        var open = (delegate* unmanaged<nint, delegate* unmanaged<nint, nint>, nint>)NativeLibrary.GetExport(library, "ts_open");
        var most = Marshal.StringToCoTaskMemUTF8(Environment.GetEnvironmentVariable(ProcessorsVariable));
        var processors = Marshal.PtrToStringUTF8(open(most, &FunctionOfOpenMp));
        Marshal.FreeCoTaskMem(most);
        var opened = new KernelLibrary(library, null, processors);
        return processors is null ? opened with { Problem = opened.Error() } : opened;
    }

    /// <summary>The address of a kernel, in the version for this processor.</summary>
    public nint Kernel(string name)
    {
        var text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            var kernel = ((delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(Handle, "ts_kernel"))(text);
            return kernel != 0 ? kernel : throw new EntryPointNotFoundException($"The library of kernels has no {name}.");
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>The error message of the kernel that failed last on this thread.</summary>
    public string? Error() => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(Handle, "ts_error"))());

    /// <summary>Returns memory to the system that no kernel and no tensor uses now; before the library is loaded there is none.</summary>
    public static void ReleaseMemory()
    {
        if (Loaded.IsValueCreated && Found.Problem is null)
        {
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(Found.Handle, "ts_release"))();
        }
    }

    /// <summary>Bytes of the tensors that lie in pages which the library keeps for those to come; 0 without the library, and on Windows.</summary>
    public long TensorBytes() => Problem is null ? ((delegate* unmanaged<long>)NativeLibrary.GetExport(Handle, "ts_tensor_bytes"))() : 0;

    internal static KernelLibrary Load()
    {
        if (Environment.GetEnvironmentVariable(ProcessorsVariable) == "none")
        {
            return new KernelLibrary(0, $"the variable {ProcessorsVariable} says so", null);
        }

        _ = torch.get_num_threads(); // loads libtorch, if nothing did yet
        return File() is { } file ? Open(file)
            : new KernelLibrary(0, $"{NativeFile.Of(Name)} is neither beside the module nor installed. {Remedy}", null);
    }

    /// <summary>The library's file; null: there is none.</summary>
    internal static string? File() =>
        NativeFile.Find(new[] { InstalledRuntime.ModuleFolder, InstalledRuntime.Read()?.Folder }.OfType<string>(), Name);

    /// <summary>The OpenMP that libtorch has loaded: the one beside it, or the system's. Other libraries may have loaded others.</summary>
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

/// <summary>A kernel of the library by its name in TinySora.Kernels/kernels.h.</summary>
internal sealed class NativeKernel(string name)
{
    private readonly Lazy<nint> entry = new(() => KernelLibrary.Found.Kernel(name));

    public static long Bits(double number) => BitConverter.DoubleToInt64Bits(number);

    /// <param name="tensors">In the order of the declaration; null: none.</param>
    /// <param name="scalars">Likewise; see <see cref="Bits"/>.</param>
    /// <exception cref="InvalidOperationException">The kernel refused them.</exception>
    public unsafe void Run(ReadOnlySpan<Tensor?> tensors, params ReadOnlySpan<long> scalars)
    {
        Span<TensorView> views = stackalloc TensorView[tensors.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            views[i] = TensorView.Of(tensors[i]);
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
            throw new InvalidOperationException($"{name}: {KernelLibrary.Found.Error()}");
        }
    }
}

/// <summary>The place of a tensor in memory, as TinySora.Kernels/tensor.h has it; it lives no longer than the tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct TensorView
{
    public const int MostDimensions = 6;

    private nint data;
    private int type;
    private int dimensions;
    private fixed long sizes[MostDimensions];
    private fixed long strides[MostDimensions];

    /// <param name="tensor">On the CPU; null: there is none.</param>
    public static TensorView Of(Tensor? tensor)
    {
        var view = default(TensorView);
        if (tensor is null)
        {
            return view;
        }

        var shape = tensor.shape;
        if (tensor.device_type != DeviceType.CPU || shape.Length > MostDimensions)
        {
            throw new ArgumentException($"Kernels take tensors of at most {MostDimensions} dimensions on the CPU.", nameof(tensor));
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

    public static nint Address(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>The first number's address, which TorchSharp tells of contiguous tensors alone.</summary>
    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);
}

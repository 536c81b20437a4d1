using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The functions of native/shim.cpp.</summary>
internal static unsafe partial class Native
{
    private const string Library = "tinysora_torch";

    // Beside this assembly, wherever a load context put it: the default search knows only the program's own folder. Where it is
    // not there, the load context may know better; if not, the error names the first place.
    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }
        var folder = Path.GetDirectoryName(assembly.Location);
        var file = Path.Combine(string.IsNullOrEmpty(folder) ? AppContext.BaseDirectory : folder, $"lib{Library}.so");
        return !File.Exists(file) && NativeLibrary.TryLoad(name, assembly, path, out var found) ? found : NativeLibrary.Load(file);
    }

    [LibraryImport(Library)] internal static partial byte* ts_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ts_op_find(string name, string overload);
    [LibraryImport(Library)]
    internal static partial int ts_op_call(nint op, NativeArgument* arguments, int count, NativeArgument** results);

    [LibraryImport(Library)] internal static partial void ts_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial nint ts_tensor_alias(nint tensor);
    [LibraryImport(Library)] internal static partial long ts_tensor_dim(nint tensor);
    [LibraryImport(Library)] internal static partial void ts_tensor_sizes(nint tensor, long* sizes);
    [LibraryImport(Library)] internal static partial void ts_tensor_strides(nint tensor, long* strides);
    [LibraryImport(Library)] internal static partial long ts_tensor_numel(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_tensor_dtype(nint tensor);
    [LibraryImport(Library)] internal static partial long ts_tensor_device(nint tensor);
    [LibraryImport(Library)] internal static partial void* ts_tensor_data(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_tensor_is_contiguous(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_tensor_requires_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_tensor_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial nint ts_tensor_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_tensor_set_grad(nint tensor, nint grad);

    [LibraryImport(Library)]
    internal static partial int ts_backward(
        nint* roots, int count, nint* gradients, int gradientCount, int retainGraph, int createGraph,
        nint* inputs, int inputCount);
    [LibraryImport(Library)]
    internal static partial int ts_function_attach(
        nint key, delegate* unmanaged<nint, nint*, int, nint*, int, nint*, int> backward, delegate* unmanaged<nint, void> release,
        nint* inputs, int inputCount, nint* saved, int savedCount, nint* outputs, int outputCount);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial void ts_function_fail(string message);
    [LibraryImport(Library)] internal static partial int ts_grad_mode();
    [LibraryImport(Library)] internal static partial void ts_set_grad_mode(int enabled);

    [LibraryImport(Library)] internal static partial nint ts_generator_new(long device, ulong seed);
    [LibraryImport(Library)] internal static partial nint ts_generator_default(long device);
    [LibraryImport(Library)] internal static partial void ts_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial void ts_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] internal static partial nint ts_generator_state(nint generator);
    [LibraryImport(Library)] internal static partial int ts_generator_set_state(nint generator, nint state);
    [LibraryImport(Library)] internal static partial void ts_manual_seed(ulong seed);

    [LibraryImport(Library)] internal static partial int ts_threads();
    [LibraryImport(Library)] internal static partial void ts_set_threads(int count);
    [LibraryImport(Library)] internal static partial int ts_cuda_count();
    [LibraryImport(Library)] internal static partial int ts_allow_tf32();
    [LibraryImport(Library)] internal static partial void ts_set_allow_tf32(int allowed);
    [LibraryImport(Library)] internal static partial byte* ts_version();

    /// <summary>The failure that the last call left behind, as the exception that TorchSharp throws for it.</summary>
    internal static ExternalException Failure() => new(Text(ts_error()));

    internal static void Check(int status)
    {
        if (status < 0)
        {
            throw Failure();
        }
    }

    internal static nint Check(nint handle) => handle != 0 ? handle : throw Failure();

    internal static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";
}

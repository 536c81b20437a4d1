using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>A kernel of the library by its name in TinySora.Kernels/kernels.h.</summary>
internal sealed class NativeKernel(string name)
{
    private readonly Lazy<nint> entry = new(() => KernelLibrary.Found.Kernel(name));

    /// <summary>A floating-point number as its bits, the form in which it is passed.</summary>
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

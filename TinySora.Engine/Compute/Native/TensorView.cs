using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

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

    /// <summary>The address of a tensor's first number.</summary>
    public static nint Address(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>The first number's address, which TorchSharp tells of contiguous tensors alone.</summary>
    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);
}

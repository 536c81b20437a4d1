using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>libtorch's version.</summary>
    public static unsafe string __version__ => Native.Text(Native.ts_version());

    /// <summary>The file that libtorch was loaded from; ours, TorchSharp has no such thing.</summary>
    internal static unsafe string LibraryPath => Native.Text(Native.ts_library_path());

    public static int get_num_threads() => Native.ts_threads();

    public static void set_num_threads(int num) => Native.ts_set_threads(num);

    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>Starts a device up; here that happens by itself.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException($"libtorch {__version__} has no {deviceType} device here.");
        }
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) =>
        deviceType == DeviceType.CPU || (deviceType == DeviceType.CUDA && cuda.is_available());

    public static class cuda
    {
        public static bool is_available() => Native.ts_cuda_available() != 0;

        public static bool is_cudnn_available() => Native.ts_cudnn_available() != 0;

        public static int device_count() => Native.ts_cuda_count();

        /// <summary>Waits for everything that was queued on a GPU.</summary>
        public static void synchronize(Device? device = null) =>
            Native.Check(Native.ts_cuda_synchronize(device?.index ?? -1));
    }

    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                public static bool allow_tf32
                {
                    get => Native.ts_tf32(0) != 0;
                    set => Native.ts_set_tf32(0, value ? 1 : 0);
                }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32
            {
                get => Native.ts_tf32(1) != 0;
                set => Native.ts_set_tf32(1, value ? 1 : 0);
            }
        }
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>libtorch's version.</summary>
    public static unsafe string __version__ => Native.Text(Native.ts_version());

    public static int get_num_threads() => Native.ts_threads();

    public static void set_num_threads(int num) => Native.ts_set_threads(num);

    public static class cuda
    {
        public static bool is_available() => Native.ts_cuda_available() != 0;

        public static int device_count() => Native.ts_cuda_count();
    }
}

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
        public static bool is_available() => device_count() > 0;

        public static int device_count() => Native.ts_cuda_count();
    }

    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                /// <summary>Whether products of float32 matrices on a GPU take TF32: ten bits of their factors' fractions. Convolutions do anyway.</summary>
                public static bool allow_tf32
                {
                    get => Native.ts_allow_tf32() != 0;
                    set => Native.ts_set_allow_tf32(value ? 1 : 0);
                }
            }
        }
    }
}

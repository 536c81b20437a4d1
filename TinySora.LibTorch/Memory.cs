using TorchSharp.Interop;

namespace TinySora.LibTorch;

/// <summary>The memory of large tensors on the CPU, which is kept when they are disposed, for the next ones.</summary>
public static class Memory
{
    /// <summary>Returns to the system what no tensor uses now. It also happens by itself when most is unused.</summary>
    public static void Release() => Native.ts_memory_release();
}

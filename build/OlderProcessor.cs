using System.Runtime.Intrinsics.X86;

namespace TinySora.Build;

/// <summary>What this machine's processor is taken as when it is to be like those of ten years, with AVX2 and nothing newer.</summary>
internal static class OlderProcessor
{
    internal const string Name = "x86-64-v3";

    /// <summary>Whether this machine's processor has more than an older one's instructions.</summary>
    internal static bool IsOlder => Avx512F.IsSupported;

    /// <summary>Makes programs that are started from here on see an older processor. Libraries read these variables when they are loaded.</summary>
    internal static void Pretend()
    {
        foreach (var (name, value) in new[]
        {
            ("TINYSORA_KERNELS", "avx2"),
            ("ONEDNN_MAX_CPU_ISA", "AVX2"),
            ("ATEN_CPU_CAPABILITY", "avx2"),
            ("MKL_ENABLE_INSTRUCTIONS", "AVX2"),
            ("DOTNET_EnableAVX512", "0"),         // .NET 10's name and, below, that of its predecessors; it takes bfloat16 out of our sight, too
            ("DOTNET_EnableAVX512F", "0"),
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}

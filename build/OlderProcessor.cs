using System.Runtime.Intrinsics.X86;

namespace TinySora.Build;

/// <summary>An emulated processor from about 2015, with AVX2 but without newer instructions.</summary>
internal static class OlderProcessor
{
    internal const string Name = "x86-64-v3";

    /// <summary>Whether this machine's processor has instructions that the emulated one does not have.</summary>
    internal static bool IsOlder => Avx512F.IsSupported;

    /// <summary>Environment variables that hide newer instructions from a program. Libraries read them when they are loaded.</summary>
    internal static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>
    {
        ["TINYSORA_KERNELS"] = "avx2",
        ["ONEDNN_MAX_CPU_ISA"] = "AVX2",
        ["ATEN_CPU_CAPABILITY"] = "avx2",
        ["MKL_ENABLE_INSTRUCTIONS"] = "AVX2",
        ["DOTNET_EnableAVX512"] = "0",        // .NET 10's name and, below, the earlier one; also hides bfloat16
        ["DOTNET_EnableAVX512F"] = "0",
    };

    /// <summary>Sets the variables for all programs that are started afterwards.</summary>
    internal static void Pretend()
    {
        foreach (var (name, value) in Variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}

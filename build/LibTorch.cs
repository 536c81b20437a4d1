using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>An installed libtorch with its headers.</summary>
/// <param name="Path">Folder with include/ and lib/; empty for the compiler's own search paths.</param>
/// <param name="OldAbi">Compiled with the C++ string layout from before GCC 5, as PyTorch's wheels were until 2.6.</param>
internal sealed record LibTorch(string Path, bool OldAbi, string Description)
{
    /// <summary>An explicit setting first, then an installed PyTorch, then the distribution's package.</summary>
    internal static LibTorch Find() =>
        FromSetting() ?? FromPyTorch() ?? FromDistribution() ?? throw new BuildFailed(
            "libtorch was not found. Install it with 'apt-get install libtorch-dev', or set TINYSORA_LIBTORCH to a folder " +
            "that holds its include/ and lib/.");

    /// <summary>
    /// One against which the fused kernels can be compiled for TorchSharp's packages, which have no headers; null: none is here. The
    /// kernels are then left out, and what they compute is composed of libtorch's operators.
    /// </summary>
    internal static LibTorch? ForKernels(string version)
    {
        var compiler = OperatingSystem.IsWindows() ? "clang-cl" : "g++";
        if (OperatingSystem.IsMacOS() || Shell.Find(compiler) is null)
        {
            Console.WriteLine("The fused kernels are left out: "
                + $"{(OperatingSystem.IsMacOS() ? "they are for Windows and Linux" : $"there is no {compiler} here")}.");
            return null;
        }
        var found = new[] { FromSetting(), FromPyTorch(), FromDistribution() }
            .FirstOrDefault(libtorch => libtorch is { OldAbi: false } && libtorch.Version() == version);
        if (found is null)
        {
            Console.WriteLine($"The fused kernels are left out: they are compiled where TINYSORA_LIBTORCH names a libtorch {version} with include/ and lib/, "
                + "or PyTorch of that version is installed.");
        }
        return found;
    }

    private string? Version()
    {
        // The first since 2.10; the other then only refers to it.
        var file = new[] { "headeronly/version.h", "csrc/api/include/torch/version.h" }
            .Select(name => System.IO.Path.Combine(Path.Length == 0 ? "/usr" : Path, "include/torch", name)).FirstOrDefault(File.Exists);
        var parts = file is not null ? Regex.Matches(File.ReadAllText(file), @"#define TORCH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)") : null;
        return parts is null ? null : string.Join('.', parts.Select(part => part.Groups[1].Value));
    }

    private static LibTorch? FromSetting()
    {
        var folder = Environment.GetEnvironmentVariable("TINYSORA_LIBTORCH");
        if (string.IsNullOrEmpty(folder))
        {
            return null;
        }
        return IsLibTorch(folder)
            ? new LibTorch(folder, false, $"{folder} (TINYSORA_LIBTORCH)")
            : throw new BuildFailed($"TINYSORA_LIBTORCH names {folder}, which has no include/ATen and lib/{Library}.");
    }

    // Debian's python3-torch has no headers of its own in the package folder: then this is not a full install.
    private static LibTorch? FromPyTorch()
    {
        const string script =
            "import torch, os; print(os.path.dirname(torch.__file__)); print(torch.compiled_with_cxx11_abi()); print(torch.__version__)";
        var lines = Shell.Ask("python3", "-c", script)?.Split('\n', StringSplitOptions.TrimEntries);
        return lines is [var folder, var newAbi, var version] && IsLibTorch(folder)
            ? new LibTorch(folder, newAbi != "True", $"{folder} (PyTorch {version})")
            : null;
    }

    private static LibTorch? FromDistribution() =>
        File.Exists("/usr/include/ATen/ATen.h") ? new LibTorch("", false, "the distribution's package") : null;

    private static bool IsLibTorch(string folder) =>
        Directory.Exists(System.IO.Path.Combine(folder, "include", "ATen"))
        && File.Exists(System.IO.Path.Combine(folder, "lib", Library));

    private static string Library => OperatingSystem.IsWindows() ? "torch.lib" : "libtorch.so";
}

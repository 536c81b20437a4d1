namespace TinySora.Build;

/// <summary>
/// Builds the fused kernels for Windows. They are compiled by Clang, because GCC for Windows does not align the stack for AVX, and linked by GCC.
/// </summary>
internal static class WindowsKernels
{
    private const string Compiler = "clang++", Linker = "x86_64-w64-mingw32-g++-posix";

    /// <summary>Arguments that make a build target Windows, including the kernels.</summary>
    internal static string[] Properties => ["-p:NativePlatform=win-x64", "-p:HasKernels=true"];

    internal static string File => Shell.At("artifacts", "kernels", "tinysora_kernels.dll");

    internal static bool CanCompile => OperatingSystem.IsLinux() && Shell.Find(Compiler) is not null && Shell.Find(Linker) is not null;

    internal static void InstallCompiler()
    {
        const string Purpose = "compiling the fused kernels for Windows";
        Prerequisites.Install(Compiler, Purpose, package: "clang");
        Prerequisites.Install(Linker, Purpose, package: "g++-mingw-w64-x86-64-posix");
    }

    /// <summary>Compiles the kernels if they are missing, or if their sources have changed.</summary>
    internal static void Compile() =>
        Shell.Run("dotnet", ["msbuild", Shell.At("TinySora.Engine"), "-t:CompileKernels", "-v:q", "-nologo", .. Properties]);
}

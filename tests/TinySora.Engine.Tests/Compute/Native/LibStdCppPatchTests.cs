using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Tests small libraries compiled here, with a symbol of a version that no libstdc++ has.</summary>
public sealed class LibStdCppPatchTests : IDisposable
{
    private const string Newest = "GLIBCXX_3.4.32";
    private const string Function = "_ZSt21ios_base_library_initv";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_library_that_refers_to_the_function_loads_without_the_version()
    {
        var library = Library(Function);
        var isThere = NativeLibrary.TryGetExport(NativeLibrary.Load("libstdc++.so.6"), Function, out _);
        Assert.Equal(isThere, NativeLibrary.TryLoad(library, out _));
        var mended = LibStdCppPatch.Apply(File.ReadAllBytes(library));
        Assert.NotNull(mended);
        Assert.InRange(mended.Zip(File.ReadAllBytes(library)).Count(pair => pair.First != pair.Second), 2, 4);
        File.WriteAllBytes(folder.File("mended.so"), mended);
        var handle = NativeLibrary.Load(folder.File("mended.so"));
        Assert.Equal(42, Marshal.GetDelegateForFunctionPointer<Answer>(NativeLibrary.GetExport(handle, "answer"))());
    }

    [Fact]
    public void A_library_that_requires_more_of_the_version_is_unchanged() =>
        Assert.Null(LibStdCppPatch.Apply(File.ReadAllBytes(Library("_ZSt9something_elsev"))));

    [Fact]
    public void Invalid_and_truncated_libraries_are_unchanged()
    {
        var library = File.ReadAllBytes(Library(Function));
        Assert.Null(LibStdCppPatch.Apply("no library"u8));
        Assert.Null(LibStdCppPatch.Apply(library.AsSpan(0, library.Length / 2)));
        Assert.Null(LibStdCppPatch.Apply(File.ReadAllBytes(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"))));
    }

    private delegate int Answer();

    /// <summary>Compiles a library that refers to a function without calling it, like those of GCC 13.</summary>
    private string Library(string function)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Versioned libstdc++ symbols exist on Linux only.");
        Needs.Program("gcc");

        // The library with the version exists when the other is linked, but not when it is loaded.
        File.WriteAllText(folder.File("newest.c"), $"void {function}(void) {{}}\n");
        File.WriteAllText(folder.File("newest.map"), $"{Newest} {{ global: *; }};\n");
        Compile("newest.c", "libstdc++.so.6", "-Wl,--version-script=newest.map", "-Wl,-soname,libstdc++.so.6");
        File.WriteAllText(folder.File("library.c"), $"void {function}(void);\n__asm__(\".globl {function}\");\nint answer(void) {{ return 42; }}\n");
        File.AppendAllText(folder.File("library.c"), $"void never(void) {{ {function}(); }}\n");
        Compile("library.c", "library.so", "libstdc++.so.6");
        File.Delete(folder.File("libstdc++.so.6"));
        return folder.File("library.so");
    }

    private void Compile(string source, string library, params string[] more)
    {
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", source, "-o", library, .. more]) { WorkingDirectory = folder.Path };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>On libraries of a few lines, which the compiler here makes: with a symbol of a version that no libstdc++ has.</summary>
public sealed class OlderLibStdCppTests : IDisposable
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
        var mended = OlderLibStdCpp.Mend(File.ReadAllBytes(library));
        Assert.NotNull(mended);
        Assert.InRange(mended.Zip(File.ReadAllBytes(library)).Count(pair => pair.First != pair.Second), 2, 4);
        File.WriteAllBytes(folder.File("mended.so"), mended);
        var handle = NativeLibrary.Load(folder.File("mended.so"));
        Assert.Equal(42, Marshal.GetDelegateForFunctionPointer<Answer>(NativeLibrary.GetExport(handle, "answer"))());
    }

    [Fact]
    public void A_library_that_needs_more_of_that_version_is_left_as_it_is() =>
        Assert.Null(OlderLibStdCpp.Mend(File.ReadAllBytes(Library("_ZSt9something_elsev"))));

    [Fact]
    public void What_is_no_library_or_was_cut_short_is_left_as_it_is()
    {
        var library = File.ReadAllBytes(Library(Function));
        Assert.Null(OlderLibStdCpp.Mend("no library"u8));
        Assert.Null(OlderLibStdCpp.Mend(library.AsSpan(0, library.Length / 2)));
        Assert.Null(OlderLibStdCpp.Mend(File.ReadAllBytes(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"))));
    }

    private delegate int Answer();

    /// <summary>One that refers to a function and calls it as little as what GCC 13 compiles does.</summary>
    private string Library(string function)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has libstdc++ by versions.");
        Needs.Program("gcc");

        // The library that has the version is there when the other is linked, and not when that is loaded.
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

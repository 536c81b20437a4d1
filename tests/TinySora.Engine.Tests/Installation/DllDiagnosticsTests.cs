using System.Text;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Tests.Installation;

public sealed class DllDiagnosticsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DllDiagnosticsTests() => Needs.Windows("libraries by the name of DLL");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Missing_dependency_is_named()
    {
        var file = Needing("nosuch.dll");
        Assert.Equal($"{file} needs nosuch.dll, which is neither in the same folder nor part of this system.", DllDiagnostics.Diagnose(file));
    }

    [Fact]
    public void Truncated_dependency_is_named_and_not_the_library_that_needs_it()
    {
        var damaged = folder.File("nosuch.dll");
        File.WriteAllBytes(damaged, Library[..1000]);
        Assert.Equal($"{damaged} is corrupt.", DllDiagnostics.Diagnose(Needing("nosuch.dll")));
    }

    [Fact]
    public void Missing_compiler_runtime_is_named_with_its_installer() =>
        Assert.Contains("Visual C++ Redistributable", DllDiagnostics.Diagnose(Needing("msvcp9.dll")), StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Truncated_library_is_named(int length)
    {
        var file = folder.File("short.dll");
        File.WriteAllBytes(file, Library[..length]);
        Assert.Equal($"{file} is corrupt.", Assert.Throws<DllNotFoundException>(() => NativeFile.Load(file)).Message);
    }

    private static byte[] Library { get; } = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, NativeFile.Of(KernelLibrary.Name)));

    /// <summary>
    /// Writes a copy of the kernels with another name instead of the C library of Windows. It is never loaded, because a failed load in wine
    /// resets the thread-local memory of other libraries.
    /// </summary>
    private string Needing(string name)
    {
        var bytes = Library.ToArray();
        var place = bytes.AsSpan().IndexOf("msvcrt.dll"u8);
        Encoding.ASCII.GetBytes(name).CopyTo(bytes, place);
        var file = folder.File("needing.dll");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}

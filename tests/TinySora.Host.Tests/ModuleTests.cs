using System.Management.Automation;
using System.Runtime.InteropServices;
using TinySora.Host.Modules;
using TinySora.Loader;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Where the program finds its module.</summary>
public sealed class ModuleTests
{
    [Theory]
    [InlineData("out/host", "out/TinySora/TinySora.PowerShell.dll")]
    [InlineData("out/TinySora/host", "out/TinySora/TinySora.PowerShell.dll")]
    [InlineData("out", "out/TinySora/bin/TinySora.PowerShell.dll")]
    [InlineData("out", "out/TinySora.PowerShell.dll")]
    public void The_module_is_found_around_the_program(string program, string assembly)
    {
        using Samples samples = new();
        var path = samples.Write(assembly, "");
        Assert.Equal(path, ModuleLocator.Find(null, Path.Combine(samples.Folder, program) + Path.DirectorySeparatorChar));
    }

    [Fact]
    public void The_variable_names_a_folder_or_the_file_and_goes_first()
    {
        using Samples samples = new();
        samples.Write("out/TinySora/TinySora.PowerShell.dll", "");
        var mine = samples.Write("mine/TinySora.PowerShell.dll", "");
        var program = Path.Combine(samples.Folder, "out", "host");
        Assert.Equal(mine, ModuleLocator.Find(Path.Combine(samples.Folder, "mine"), program));
        Assert.Equal(mine, ModuleLocator.Find(mine, program));
        var error = Assert.Throws<ItemNotFoundException>(() => ModuleLocator.Find(samples.Folder, program));
        Assert.Contains("TINYSORA_MODULE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_nowhere_says_how_to_build_it()
    {
        using Samples samples = new();
        Assert.Contains("build.sh build",
            Assert.Throws<ItemNotFoundException>(() => ModuleLocator.Find("", samples.Folder)).Message, StringComparison.Ordinal);
    }

    /// <summary>TorchSharp's wants a newer C++ library than some systems have; the engine mends it.</summary>
    [Fact]
    public void A_native_library_that_cannot_be_loaded_as_it_is_may_be_mended()
    {
        using Samples samples = new();
        samples.Write(OperatingSystem.IsWindows() ? "broken.dll" : "libbroken.so", "no library");
        ModuleLoadContext context = new(samples.Folder, "broken");
        var assembly = context.LoadFromAssemblyPath(Samples.AssemblyPath);
        Assert.False(NativeLibrary.TryLoad("broken", assembly, null, out _));
        var mended = NativeLibrary.GetMainProgramHandle();
        context.ResolvingUnmanagedDll += (_, name) => name == "broken" ? mended : 0;
        Assert.Equal(mended, NativeLibrary.Load("broken", assembly, null));
    }

    [Fact]
    public void A_module_keeps_its_own_copy_of_its_assembly() =>
        Assert.NotSame(HostModule.Load(Samples.AssemblyPath).Cmdlets[0].Type.Assembly, Samples.Assembly);
}

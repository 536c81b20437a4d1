using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using TorchSharp;

namespace TinySora.Engine.Compute;

/// <summary>Lets the tensor library find what Install-TinySoraRuntime installed or was pointed to.</summary>
internal static partial class NativeLoading
{
    /// <summary>To be called before anything asks for a native library.</summary>
    /// <exception cref="TinySoraException">FileChanged, LibTorchMissing.</exception>
    public static void Prepare()
    {
        if (InstalledRuntime.Read() is not { } runtime)
        {
            Mend([]);
            if (PackageTable.Read(InstalledRuntime.ModuleFolder) is not null)
            {
                Require();
            }

            return;
        }

        runtime.Check();
        string[] folders = runtime.LibTorchPath is { } libtorch ? [runtime.Folder, libtorch] : [runtime.Folder];

        Mend(folders);

        // What was found neither beside the module nor by the system is asked for here.
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => Load(folders, name);

        // libtorch comes first: loaded already, it goes before one that the system would find under the same name.
        try
        {
            Load(folders, "torch_cpu");
            Load(folders, "torch");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw RuntimeErrors.LibTorchMissing(TorchBuild.Flavor, e);
        }
    }

    /// <summary>For a module that came without libraries: fails before anything is tried that .NET would not try again.</summary>
    static partial void Require();

    /// <summary>Loads what the system's C++ library is too old for in a form that it can load.</summary>
    /// <param name="installed">Folders of libraries that were installed for the module.</param>
    static partial void Mend(IReadOnlyList<string> installed);

    private static nint Load(string[] folders, string library) => NativeFile.Find(folders, library) is { } file ? NativeLibrary.Load(file) : 0;
}

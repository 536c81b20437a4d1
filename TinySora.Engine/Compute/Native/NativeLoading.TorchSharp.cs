using System.Runtime.InteropServices;
using TinySora.Engine.Errors;
using TorchSharp;

namespace TinySora.Engine.Compute;

internal static partial class NativeLoading
{
    private const string Library = "LibTorchSharp";

    /// <remarks>TorchSharp loads its library in a static constructor, and .NET keeps the failure of one for the life of the process.</remarks>
    static partial void Require()
    {
        if (!NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _))
        {
            throw RuntimeErrors.LibTorchMissing(
                TorchBuild.Flavor, new DllNotFoundException($"{Library} was found neither beside the module nor by the system."));
        }
    }
}

using TorchSharp;

namespace TinySora.Engine.Compute.Devices;

/// <summary>The version and kind of libtorch that this process uses.</summary>
public static class TorchBuild
{
    /// <summary>The version of libtorch.</summary>
    public static string Version => torch.__version__;
}

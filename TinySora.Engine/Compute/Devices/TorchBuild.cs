using TorchSharp;

namespace TinySora.Engine.Compute.Devices;

/// <summary>Which tensor library this process computes with.</summary>
public static class TorchBuild
{
    /// <summary>The version of libtorch.</summary>
    public static string Version => torch.__version__;
}

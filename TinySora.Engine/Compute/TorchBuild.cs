using TorchSharp;

namespace TinySora.Engine.Compute;

/// <summary>Which tensor library this process computes with.</summary>
public static class TorchBuild
{
    /// <summary>System (TinySora.LibTorch over an installed libtorch) or TorchSharp (the packages).</summary>
    public static string Flavor { get; } = typeof(torch).Assembly.GetName().Name == "TorchSharp" ? "TorchSharp" : "System";

    /// <summary>The version of libtorch.</summary>
    public static string Version => torch.__version__;
}

namespace TinySora.Engine.Compute.Devices;

/// <summary>How well a part of the installation serves.</summary>
public enum InstallationState
{
    Ok,

    /// <summary>Everything works, though slower than this machine could.</summary>
    Slower,

    /// <summary>A part of the module does not work; the rest does.</summary>
    Missing,

    /// <summary>No model can be trained or used.</summary>
    Failed,
}

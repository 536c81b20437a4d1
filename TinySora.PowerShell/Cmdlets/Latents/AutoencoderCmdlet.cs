using TinySora.Engine.Errors;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Uses an autoencoder: the one that is named, or the newest.</summary>
public abstract class AutoencoderCmdlet : DeviceCmdlet
{
    /// <summary>Path of the autoencoder's checkpoint, or of a folder with checkpoints.</summary>
    /// <param name="nameOrPath">`null` for the newest run of an autoencoder.</param>
    /// <exception cref="TinySoraException">As <see cref="CheckpointNames.Find"/>.</exception>
    private protected string AutoencoderAt(string? nameOrPath) =>
        nameOrPath is null ? DefaultPaths.Autoencoder(Absolute) : CheckpointAt(nameOrPath, RunNeed.Autoencoder);
}

using TinySora.Engine.Errors;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Generates videos with a checkpoint: the one that is named, or the newest that generates videos.</summary>
public abstract class VideoModelCmdlet : DeviceCmdlet
{
    private string? newest;

    /// <summary>Path of the checkpoint, or of a folder with checkpoints.</summary>
    /// <param name="nameOrPath">`null` for the newest run or, without one, the bundled model; a message says once which.</param>
    /// <exception cref="TinySoraException">As <see cref="CheckpointNames.Find"/>.</exception>
    private protected string ModelAt(string? nameOrPath) =>
        nameOrPath is null ? newest ??= Newest() : CheckpointAt(nameOrPath, RunNeed.Video);

    private string Newest()
    {
        var (folder, passedOver) = DefaultPaths.NewestRun(Absolute, RunNeed.Video);
        var used = folder is null ? $"The bundled model {CheckpointNames.Shipped} is used" : $"The run in '{folder}' is used";
        if (passedOver is null)
        {
            WriteVerbose($"{used}: {(folder is null ? "there is no run here" : "it is the newest")}.");
        }
        else
        {
            WriteWarning($"{passedOver} {used}.");
        }

        return folder ?? DefaultPaths.Model;
    }
}

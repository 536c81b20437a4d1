using TinySora.Engine.Errors;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Base class of cmdlets that generate videos with a specified checkpoint or the newest one.</summary>
public abstract class VideoModelCmdlet : DeviceCmdlet
{
    private string? newest;

    /// <summary>Returns the path of the checkpoint, or of a folder with checkpoints.</summary>
    /// <param name="nameOrPath">Path or name; `null` for the newest run or, if there are no runs, the bundled model. A message reports the choice once.</param>
    /// <exception cref="TinySoraException">See <see cref="CheckpointNames.Find"/>.</exception>
    private protected string ModelAt(string? nameOrPath) =>
        nameOrPath is null ? newest ??= Newest() : CheckpointAt(nameOrPath, RunNeed.Video);

    private string Newest()
    {
        var (folder, passedOver) = DefaultPaths.NewestRun(Absolute, RunNeed.Video);
        var used = folder is null ? $"Using the bundled model {CheckpointNames.Shipped}" : $"Using the run in '{folder}'";
        if (passedOver is null)
        {
            WriteVerbose($"{used}: {(folder is null ? "no runs were found" : "it is the newest run")}.");
        }
        else
        {
            WriteWarning($"{passedOver} {used}.");
        }

        return folder ?? DefaultPaths.Model;
    }
}

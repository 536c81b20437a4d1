using TinySora.Engine.Errors;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Base class of cmdlets that generate videos with a specified checkpoint, the newest one, or a bundled model.</summary>
public abstract class VideoModelCmdlet : DeviceCmdlet
{
    private readonly HashSet<string> reported = [];
    private NewestRun? newest;

    /// <summary>Returns the path of the checkpoint, or of a folder with checkpoints. A message reports each choice once.</summary>
    /// <param name="nameOrPath">Path or name; `null` for the newest run or, if no run generates videos, a bundled model.</param>
    /// <param name="bundled">Function that returns the name of the bundled model.</param>
    /// <exception cref="TinySoraException">See <see cref="CheckpointNames.Find"/>.</exception>
    private protected string ModelAt(string? nameOrPath, Func<string> bundled) =>
        nameOrPath is null ? DefaultModel(bundled) : CheckpointAt(nameOrPath, RunNeed.Video);

    private string DefaultModel(Func<string> bundled)
    {
        var (folder, passedOver) = newest ??= DefaultPaths.NewestRun(Absolute, RunNeed.Video);
        var name = folder is null ? bundled() : "";
        var used = folder is null ? $"Using the bundled model {name}" : $"Using the run in '{folder}'";
        var isNew = reported.Add(used);
        if (isNew && passedOver is null)
        {
            WriteVerbose($"{used}: {(folder is null ? "no runs were found" : "it is the newest run")}.");
        }
        else if (isNew)
        {
            WriteWarning($"{passedOver} {used}.");
        }

        return folder ?? BundledModels.PathOf(name);
    }
}

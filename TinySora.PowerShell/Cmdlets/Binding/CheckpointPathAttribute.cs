using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Lets a parameter for a checkpoint take what Get-TinySoraCheckpoint, Start-TinySoraTraining or Invoke-TinySoraGenerate returned, or a
/// number: the checkpoint of this step in ./saved_models, but where a folder of that name is.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CheckpointPathAttribute() : PathOfAttribute("Checkpoint", "Path", "FullName", "ResultsPath")
{
    protected override object? FromPlain(EngineIntrinsics? engine, object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        return !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? null
            : Path.Exists(Path.Combine(engine?.SessionState.Path.CurrentFileSystemLocation.ProviderPath ?? "", text)) ? text
            : CheckpointStore.PathOf(DefaultPaths.Results, step);
    }
}

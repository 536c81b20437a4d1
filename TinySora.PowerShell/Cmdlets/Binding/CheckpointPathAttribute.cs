using System.Globalization;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Lets a parameter for a checkpoint take what Get-TinySoraCheckpoint, Start-TinySoraTraining or Invoke-TinySoraGenerate returned, or a
/// number: the checkpoint of this step in ./saved_models.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CheckpointPathAttribute() : PathOfAttribute("Checkpoint", "Path", "FullName")
{
    protected override object? FromPlain(object? value) =>
        int.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? CheckpointStore.PathOf(DefaultPaths.Results, step)
            : null;
}

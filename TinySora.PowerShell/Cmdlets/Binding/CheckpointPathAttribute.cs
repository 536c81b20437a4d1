namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Lets a parameter for a checkpoint take what Get-TinySoraCheckpoint, Start-TinySoraTraining or Invoke-TinySoraGenerate returned.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CheckpointPathAttribute() : PathOfAttribute("Checkpoint", "Path", "FullName", "ResultsPath");

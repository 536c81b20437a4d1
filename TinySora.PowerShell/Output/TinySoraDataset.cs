using TinySora.Engine.Data;
using TinySora.Engine.Formats;

namespace TinySora.PowerShell.Output;

/// <summary>A folder with clips and captions that New-TinySoraDataset wrote.</summary>
/// <param name="DataPath">The folder; Start-TinySoraTraining takes it from the pipeline.</param>
/// <param name="Count">Clips written.</param>
/// <param name="Captions">Different captions among them.</param>
/// <param name="Skipped">Videos that gave no clip, and why.</param>
public sealed record TinySoraDataset(string DataPath, int Count, int Captions, TextList<SkippedClip> Skipped)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => DataPath;
}

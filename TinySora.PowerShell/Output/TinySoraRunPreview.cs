using TinySora.Engine.Formats;

namespace TinySora.PowerShell.Output;

/// <summary>The clips that Show-TinySoraRun had a run draw.</summary>
/// <param name="Path">The GIF file.</param>
/// <param name="Step">Steps that the run had completed.</param>
/// <param name="Prompts">One for each clip, row by row; none: captions of the data.</param>
/// <param name="ResultsPath">The run's folder.</param>
public sealed record TinySoraRunPreview(string Path, int Step, TextList<string> Prompts, string ResultsPath)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

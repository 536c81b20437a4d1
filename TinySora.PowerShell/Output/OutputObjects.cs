using TinySora.Engine.Data;
using TinySora.Engine.Data.Views;
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

/// <summary>The picture that Show-TinySoraDataset drew.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="DataPath">The dataset's folder.</param>
/// <param name="Clips">What it shows, by number.</param>
public sealed record TinySoraDatasetPreview(string Path, string DataPath, TextList<PreviewCell> Clips)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

/// <summary>A folder of pictures that Export-TinySoraFrame wrote.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Videos">Videos that were looked at.</param>
/// <param name="Frames">Pictures that were made of their frames.</param>
/// <param name="Skipped">Videos that could not be read to their end, and why.</param>
public sealed record TinySoraFrames(string Path, int Videos, int Frames, TextList<SkippedClip> Skipped)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

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

/// <summary>The page of a studio that Start-TinySoraStudio has opened.</summary>
/// <param name="Uri">The address, on this machine alone, with the token without which nothing is answered.</param>
/// <param name="Checkpoint">The checkpoint whose model it holds open.</param>
/// <param name="Step">Steps that the model was trained.</param>
/// <param name="OutputPath">The folder of what is saved there.</param>
public sealed record TinySoraStudio(Uri Uri, string Checkpoint, int Step, string OutputPath)
{
    /// <summary>The address of the page as text.</summary>
    public override string ToString() => Uri.AbsoluteUri;
}

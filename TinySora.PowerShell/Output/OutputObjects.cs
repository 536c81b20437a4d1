using TinySora.Engine.Data;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats;

namespace TinySora.PowerShell.Output;

/// <summary>A folder with clips and captions that New-TinySoraDataset wrote.</summary>
/// <param name="DataPath">Path of the folder; Start-TinySoraTraining binds it from the pipeline.</param>
/// <param name="Count">Number of clips written.</param>
/// <param name="Captions">Number of distinct captions.</param>
/// <param name="Skipped">Videos that did not yield a clip, and the reason for each.</param>
public sealed record TinySoraDataset(string DataPath, int Count, int Captions, TextList<SkippedClip> Skipped)
{
    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => DataPath;
}

/// <summary>The image that Show-TinySoraDataset drew.</summary>
/// <param name="Path">Path of the PNG file.</param>
/// <param name="DataPath">The dataset's folder.</param>
/// <param name="Clips">Clips in the image, by number.</param>
public sealed record TinySoraDatasetPreview(string Path, string DataPath, TextList<PreviewCell> Clips)
{
    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => Path;
}

/// <summary>A folder of images that Export-TinySoraFrame wrote.</summary>
/// <param name="Path">Path of the folder.</param>
/// <param name="Videos">Number of videos read.</param>
/// <param name="Frames">Number of images written.</param>
/// <param name="Skipped">Videos that could not be read completely, and the reason for each.</param>
public sealed record TinySoraFrames(string Path, int Videos, int Frames, TextList<SkippedClip> Skipped)
{
    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => Path;
}

/// <summary>Clips that a run generated for Show-TinySoraRun.</summary>
/// <param name="Path">Path of the GIF file.</param>
/// <param name="Step">Number of steps that the run had completed.</param>
/// <param name="Prompts">Prompts of the clips, row by row; empty if they are captions of the dataset.</param>
/// <param name="ResultsPath">Results folder of the run.</param>
public sealed record TinySoraRunPreview(string Path, int Step, TextList<string> Prompts, string ResultsPath)
{
    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => Path;
}

/// <summary>The page of a studio that Start-TinySoraStudio has opened.</summary>
/// <param name="Uri">Local address with the token that grants access.</param>
/// <param name="Checkpoint">Checkpoint of the open model.</param>
/// <param name="Step">Number of steps for which the model was trained.</param>
/// <param name="OutputPath">Folder for saved videos.</param>
public sealed record TinySoraStudio(Uri Uri, string Checkpoint, int Step, string OutputPath)
{
    /// <summary>Returns the address of the page.</summary>
    public override string ToString() => Uri.AbsoluteUri;
}

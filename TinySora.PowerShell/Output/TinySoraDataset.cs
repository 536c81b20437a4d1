using TinySora.Engine.Data;

namespace TinySora.PowerShell.Output;

/// <summary>A folder with clips and captions that New-TinySoraDataset wrote.</summary>
/// <param name="DataPath">The folder; Start-TinySoraTraining takes it from the pipeline.</param>
/// <param name="Count">Clips written.</param>
/// <param name="Captions">Different captions among them.</param>
/// <param name="Skipped">Videos that gave no clip, and why.</param>
public sealed record TinySoraDataset(string DataPath, int Count, int Captions, IReadOnlyList<SkippedClip> Skipped);

/// <summary>The picture that Show-TinySoraDataset drew.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="DataPath">The dataset's folder.</param>
/// <param name="Clips">What it shows, by number.</param>
public sealed record TinySoraDatasetPreview(string Path, string DataPath, IReadOnlyList<PreviewCell> Clips);

/// <summary>A folder of pictures that Export-TinySoraFrame wrote.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Videos">Videos that were looked at.</param>
/// <param name="Frames">Pictures that were made of their frames.</param>
/// <param name="Skipped">Videos that could not be read to their end, and why.</param>
public sealed record TinySoraFrames(string Path, int Videos, int Frames, IReadOnlyList<SkippedClip> Skipped);

using TinySora.Engine.Data;

namespace TinySora.PowerShell.Output;

/// <summary>The picture that Show-TinySoraDataset drew.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="DataPath">The dataset's folder.</param>
/// <param name="Clips">What it shows, by number.</param>
public sealed record TinySoraDatasetPreview(string Path, string DataPath, IReadOnlyList<PreviewCell> Clips);

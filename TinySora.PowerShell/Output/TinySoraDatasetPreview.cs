using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats;

namespace TinySora.PowerShell.Output;

/// <summary>The picture that Show-TinySoraDataset drew.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="DataPath">The dataset's folder.</param>
/// <param name="Clips">What it shows, by number.</param>
public sealed record TinySoraDatasetPreview(string Path, string DataPath, TextList<PreviewCell> Clips)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Corpora;

/// <summary>A split of a corpus: a folder with annotations.json and videos/.</summary>
/// <param name="Split">train, val or test.</param>
/// <param name="CaptionPath">Its annotations.json.</param>
/// <param name="VideoPath">The folder of its videos.</param>
/// <param name="Videos">How many it has.</param>
/// <param name="Captions">Of all of them together.</param>
/// <param name="Skipped">Videos of the split that it lacks, and why.</param>
public sealed record CorpusSplit(
    string Split, string CaptionPath, string VideoPath, int Videos, int Captions, TextList<SkippedClip> Skipped)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path.GetDirectoryName(CaptionPath)!;
}

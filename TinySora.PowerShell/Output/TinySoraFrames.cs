using TinySora.Engine.Data;
using TinySora.Engine.Formats;

namespace TinySora.PowerShell.Output;

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

using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Corpora;

/// <summary>A part of a dataset in Hugging Face's Arrow layout.</summary>
/// <param name="Path">A folder that <c>load_from_disk</c> opens.</param>
/// <param name="Split">What it is a part of, if that was said.</param>
/// <param name="Rows">One for each caption of its videos.</param>
/// <param name="Videos">How many it has.</param>
/// <param name="TooLong">Videos left out because they have too many frames.</param>
/// <param name="Skipped">Every video left out, and why.</param>
public sealed record ArrowPart(string Path, string? Split, long Rows, int Videos, int TooLong, TextList<SkippedClip> Skipped)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

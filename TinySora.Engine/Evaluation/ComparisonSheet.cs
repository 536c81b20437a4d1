using TinySora.Engine.Families;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Evaluation;

/// <summary>Draws the samples of several runs for the same prompts into one image, with one row per prompt and one column per run.</summary>
public sealed class ComparisonSheet
{
    /// <summary>Maximum number of prompts. With more prompts, the clips would be too small.</summary>
    private const int MaxPrompts = 8;

    /// <summary>Maximum number of frames per clip in a still image.</summary>
    private const int MaxFrames = 4;

    private readonly List<IReadOnlyList<(Clip Clip, string Caption)>> columns = [];

    public bool IsEmpty => columns.Count == 0;

    /// <param name="clips">Clips for the <paramref name="prompts"/>, in the same order. Only the first clip of each prompt is shown.</param>
    public void Add(string run, IReadOnlyList<ClipPrompt> prompts, IReadOnlyList<Clip> clips) => columns.Add(
    [
        .. prompts.Select((prompt, index) => (Prompt: prompt.Text, Clip: clips[index])).DistinctBy(pair => pair.Prompt).Take(MaxPrompts)
            .Select(pair => (pair.Clip, pair.Prompt is null ? run : $"{run}: {pair.Prompt}")),
    ]);

    /// <summary>Writes the sheet: a still image with frames side by side (.png), or a video in which all clips play (.gif, .mp4).</summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="Errors.TinySoraException">See <see cref="ClipFile.Write"/>.</exception>
    public void Write(string path, bool overwrite = true)
    {
        var items = Enumerable.Range(0, columns[0].Count).SelectMany(row => columns.Select(column => column[row])).ToList();
        ClipFile.Write(path, ClipFile.IsStill(path)
            ? ContactSheet.Draw([.. items.Select(item => (Few(item.Clip), item.Caption))], columns.Count)
            : ContactSheet.Grid([.. items.Select(item => item.Clip)], columns.Count), overwrite: overwrite);
    }

    private static Clip Few(Clip clip) => clip.Frames <= MaxFrames
        ? clip
        : Resample.Select(clip, [.. Enumerable.Range(0, MaxFrames).Select(i => i * (clip.Frames - 1) / (MaxFrames - 1))]);
}

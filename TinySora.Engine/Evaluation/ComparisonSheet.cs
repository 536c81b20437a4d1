using TinySora.Engine.Families;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Evaluation;

/// <summary>Samples of several runs for the same prompts in one image: one row per prompt, one column per run.</summary>
public sealed class ComparisonSheet
{
    /// <summary>Maximum number of prompts; more would make the clips too small.</summary>
    private const int MostPrompts = 8;

    /// <summary>Maximum number of frames per clip in a still image.</summary>
    private const int MostFrames = 4;

    private readonly List<IReadOnlyList<(Clip Clip, string Caption)>> columns = [];

    public bool IsEmpty => columns.Count == 0;

    /// <param name="clips">Clips for <paramref name="prompts"/>; only the first clip of each prompt is shown.</param>
    public void Add(string run, IReadOnlyList<ClipPrompt> prompts, IReadOnlyList<Clip> clips) => columns.Add(
    [
        .. prompts.Select((prompt, index) => (Prompt: prompt.Text, Clip: clips[index])).DistinctBy(pair => pair.Prompt).Take(MostPrompts)
            .Select(pair => (pair.Clip, pair.Prompt is null ? run : $"{run}: {pair.Prompt}")),
    ]);

    /// <summary>Writes the frames side by side with captions (.png), or all clips as one video (.gif, .mp4).</summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="Errors.TinySoraException">See <see cref="ClipFile.Write"/>.</exception>
    public void Write(string path, bool overwrite = true)
    {
        var items = Enumerable.Range(0, columns[0].Count).SelectMany(row => columns.Select(column => column[row])).ToList();
        ClipFile.Write(path, ClipFile.IsStill(path)
            ? ContactSheet.Draw([.. items.Select(item => (Few(item.Clip), item.Caption))], columns.Count)
            : ContactSheet.Grid([.. items.Select(item => item.Clip)], columns.Count), overwrite: overwrite);
    }

    private static Clip Few(Clip clip) => clip.Frames <= MostFrames
        ? clip
        : Resample.Select(clip, [.. Enumerable.Range(0, MostFrames).Select(i => i * (clip.Frames - 1) / (MostFrames - 1))]);
}

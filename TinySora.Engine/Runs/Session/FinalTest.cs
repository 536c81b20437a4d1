using System.Text.RegularExpressions;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Families;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>Tests the averaged weights at the end of a run with a time budget, on a few generated clips.</summary>
/// <param name="folder">Folder of the training clips.</param>
internal sealed partial class FinalTest(IVideoModel video, TrainingState state, string folder, CancellationToken cancellation)
{
    private const int MaxSentences = 24;
    private const int MaxCaptions = 8;
    private const int ClipsOfCaption = 4;

    /// <summary>Tests the model of a run and reports the result if there is one.</summary>
    public static void Report(OpenedRun run, string folder, ITrainingObserver observer, CancellationToken cancellation)
    {
        observer.Starting("testing a few clips");
        if (run.Task.Video is IVideoModel video && new FinalTest(video, run.State, folder, cancellation).Run(run.Data.Training.AllCaptions) is string result)
        {
            observer.Announce(result);
        }
    }

    /// <summary>Returns the result and a command to try, as text; <c>null</c> if the clips have no captions or nothing could be tested.</summary>
    private string? Run(IEnumerable<string?> captions)
    {
        var counted = captions.Where(caption => !string.IsNullOrWhiteSpace(caption)).GroupBy(caption => caption!)
            .OrderByDescending(caption => caption.Count()).Select(caption => caption.Key).ToList();
        if (counted.Count == 0)
        {
            return null;
        }

        try
        {
            var shown = counted.Select(ShapesWorld.Parse).ToList();
            var result = shown.All(combination => combination is not null) ? OfShapes([.. shown.OfType<ShapesCombination>()])
                : 2 * counted.Count(SpriteParser.IsSentence) > counted.Count ? ("", counted[0]) // things at random positions: no training clip is similar
                : OfFilms(counted);
            return result is (string reached, string prompt)
                ? $"{reached} Try it: Invoke-TinySoraGenerate {Quoted(WeightedText.Escape(prompt))} -Show".TrimStart()
                : null;
        }
        catch (Exception e) when (e is TinySoraException or OperationCanceledException)
        {
            return null; // The trained model has already been saved, so a failed test is not an error.
        }
    }

    /// <summary>Quotes a text for PowerShell, for which typographic quotes also end a string.</summary>
    private static string Quoted(string text) => $"'{Quotes().Replace(text, "$0$0")}'";

    [GeneratedRegex("['\u2018-\u201B]")]
    private static partial Regex Quotes();

    private (string Reached, string Prompt)? OfShapes(IReadOnlyList<ShapesCombination> shown)
    {
        var all = ShapesWorld.Combinations([.. shown.Select(one => one.Color).Distinct()], [.. shown.Select(one => one.Shape).Distinct()]);
        var unseen = all.Except(shown).ToList();
        var requested = (unseen.Count > 0 ? unseen : all).Select(ShapesWorld.Caption).ToList();
        var prompts = ClipPrompt.FromTexts(Spread(requested, MaxSentences), 0);
        using var scope = NewDisposeScope();
        var made = Make(prompts);
        var verdicts = prompts.Select((prompt, i) => Adherence.Judge(prompt, ClipTensor.FromTensor(made[i]))).ToList();
        var seen = unseen.Count > 0 ? "outside the training data" : "from the training data";
        return (
            Invariant($"The model follows {verdicts.Count(one => one.Obeyed)} of {verdicts.Count} captions {seen}: ")
            + Invariant($"color {verdicts.Count(one => one.ColorObeyed)}, shape {verdicts.Count(one => one.ShapeObeyed)}, ")
            + Invariant($"motion {verdicts.Count(one => one.MotionObeyed)}."),
            (verdicts.FirstOrDefault(one => one.Obeyed) ?? verdicts[0]).Prompt);
    }

    /// <summary>
    /// Generates one clip for each of a few captions. Checks whether the nearest training clip (by mean squared error) has the same caption, and compares the
    /// mean change between frames with that of the training clips with this caption. Returns <c>null</c> if there is no training clip for any of the captions.
    /// </summary>
    private (string Reached, string Prompt)? OfFilms(List<string> captions)
    {
        using var scope = NewDisposeScope();
        captions = Spread(captions, MaxCaptions);
        var known = Known([.. captions]);
        if (known.Count == 0)
        {
            return null;
        }

        var prompts = ClipPrompt.FromTexts(captions.Select(WeightedText.Escape), 0);
        var made = Make(prompts).split(1);
        var tested = captions.Zip(made).Where(pair => known[pair.First].Any()).Select(pair => (
            IsNearest: known.MinBy(group => group.Min(clip => ClipSimilarity.Mse(clip, pair.Second)))!.Key == pair.First,
            Motion: Change(pair.Second), KnownMotion: known[pair.First].Average(Change))).ToList();
        var motion = tested.Sum(clip => clip.KnownMotion) is > 0 and var moved
            ? Invariant($" Generated clips move {tested.Sum(clip => clip.Motion) / moved:0.0} times as much as training clips.") : "";
        return (
            Invariant($"For {tested.Count(clip => clip.IsNearest)} of {tested.Count} captions, the nearest training clip has the same caption.{motion}"),
            captions[0]);
    }

    /// <summary>Returns training clips by caption, each as a tensor of shape (1, C, F, H, W) in [0, 1].</summary>
    private ILookup<string, Tensor> Known(HashSet<string> captions) => ClipSource.Find(DatasetSplit.FolderOf(folder, DatasetSplit.Training), cancellation)
        .Select(source => (source.Path, Caption: CaptionFile.Read(source.Path))).Where(clip => clip.Caption is not null && captions.Contains(clip.Caption))
        .GroupBy(clip => clip.Caption!).SelectMany(group => Spread([.. group], ClipsOfCaption))
        .ToLookup(clip => clip.Caption!, clip => ClipReader.Read(clip.Path, video.Shape, 1, cancellation).ToTensor(CPU));

    /// <summary>Returns the mean absolute difference between the pixels of consecutive frames.</summary>
    private static double Change(Tensor clip) => clip.diff(dim: 2).abs().mean().item<float>();

    /// <returns>(B, C, F, H, W) float32 in [0, 1].</returns>
    private Tensor Make(IReadOnlyList<ClipPrompt> prompts)
    {
        Tensor? made = null;
        state.Ema.Apply(() => made = video.Sample(video.Resolve(new GenerationSettings()), prompts, null, cancellation));
        return made!;
    }

    private static List<T> Spread<T>(List<T> all, int most) =>
        all.Count <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[i * all.Count / most])];
}

using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Training.Checkpoints;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>Makes the clips that rows ask for and compares them with what the rows expect.</summary>
public static class ModelTest
{
    private const string Untold = "the pixels do not tell";

    public static IReadOnlyList<ClipPrompt> Prompts(IEnumerable<Expectation> rows) =>
        [.. rows.Select(row => new ClipPrompt(row.Seed) { Text = row.Prompt })];

    /// <summary>Samples the clips of all rows, in batches, and judges each; nothing is written.</summary>
    /// <param name="settings">By name, as far as they are to be others than the model's own.</param>
    /// <returns>Each result as soon as its batch is made, with the clip.</returns>
    public static IEnumerable<(ModelTestResult Result, Clip Clip)> Run(
        VideoGenerator generator, IReadOnlyList<Expectation> rows, IReadOnlyDictionary<string, object>? settings = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(Prompts(rows), settings, progress, cancellation).Select((sample, index) =>
        {
            var result = Judge(rows[index], sample.Clip, generator.Checkpoint.Path);
            return (result with { Settings = settings is null or { Count: 0 } ? null : new(settings), Elapsed = sample.Elapsed }, sample.Clip);
        });

    /// <summary>What a clip shows, and in what it is not what the row expects.</summary>
    /// <param name="checkpoint">The model that made it.</param>
    public static ModelTestResult Judge(Expectation row, Clip clip, string checkpoint)
    {
        var isOfShapes = (row.Colour ?? row.Shape ?? row.Motion) is not null || ShapesWorld.Parse(row.Prompt) is not null;
        var seen = isOfShapes ? ShapesChecker.Check(clip) : null;
        var likeness = row.Reference is Clip reference ? EngineThread.Run(() => Likeness(clip, reference)) : ((double Psnr, double? Ssim)?)null;
        var movement = ClipMovement.Of(clip);
        var found = new ModelTestResult(row.Row, row.Prompt, row.Seed, checkpoint)
        {
            Colour = seen?.Colour, Shape = seen?.Shape, Motion = seen?.Motion, Psnr = likeness?.Psnr, Ssim = likeness?.Ssim,
            Change = movement.Change, Moves = movement.Moves, Palette = [.. ClipPalette.Of(clip)],
        };
        return found with { Failures = [.. Failures(row, found)] };
    }

    private static IEnumerable<string> Failures(Expectation row, ModelTestResult found)
    {
        string?[] failures =
        [
            Other("Colour", row.Colour, found.Colour),
            Other("Shape", row.Shape, found.Shape),
            Other("Motion", row.Motion, found.Motion),
            found.Psnr < row.MinPsnr ? Invariant($"Psnr: at least {row.MinPsnr} dB expected, found {found.Psnr:0.00}") : null,
            found.Ssim < row.MinSsim ? Invariant($"Ssim: at least {row.MinSsim} expected, found {found.Ssim:0.0000}") : null,
            found.Ssim is null && row.MinSsim is not null
                ? Invariant($"Ssim: at least {row.MinSsim} expected, and frames smaller than 11 x 11 pixels have none") : null,
            found.Change < row.MinChange ? Invariant($"Change: at least {row.MinChange} expected, found {found.Change:0.00000}") : null,
            found.Change > row.MaxChange ? Invariant($"Change: at most {row.MaxChange} expected, found {found.Change:0.00000}") : null,
            Other("Moves", row.Moves, found.Moves),
            row.Palette.Except(found.Palette).ToList() is { Count: > 0 } absent
                ? $"Palette: {string.Join(", ", absent)} expected, found {found.Palette}" : null,
        ];
        return failures.OfType<string>();
    }

    private static string? Other(string what, string? expected, string? found) =>
        expected is null || expected == found ? null : $"{what}: {expected} expected, {(found is null ? Untold : $"found {found}")}";

    /// <summary>Compares the first frames, as many as both have; the reference is scaled and cropped to the clip's size.</summary>
    private static (double Psnr, double? Ssim) Likeness(Clip clip, Clip reference)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var shape = new ClipShape(clip.Channels, Math.Min(clip.Frames, reference.Frames), clip.Height) { Width = clip.Width };
        var (own, other) = (ClipReader.ToTensor(shape.Fit(clip), shape, CPU), ClipReader.ToTensor(shape.Fit(reference), shape, CPU));
        return (ClipSimilarity.Psnr(ClipSimilarity.Mse(own, other)), ClipSimilarity.Ssim(own, other));
    }
}

/// <summary>Whether a clip that a model made is what a row of a table expects, and what it shows.</summary>
/// <param name="Row">The number of the row, from 1.</param>
/// <param name="Checkpoint">The model's.</param>
public sealed record ModelTestResult(int Row, string Prompt, long Seed, string Checkpoint)
{
    public string Model => ModelName.Of(Checkpoint);

    public bool Passed => Failures.Count == 0;

    /// <summary>How it was sampled as far as that is not the model's own way, by name, as Steps; null: all of it is.</summary>
    public TextTable<object>? Settings { get; init; }

    public TextList<string> Failures { get; init; } = [];

    /// <summary>
    /// The colour of the shapes world that the clip shows; null: the pixels do not tell, or neither row nor prompt is of that world. Likewise
    /// <see cref="Shape"/> and <see cref="Motion"/>.
    /// </summary>
    public string? Colour { get; init; }

    public string? Shape { get; init; }

    public string? Motion { get; init; }

    /// <summary>The likeness to the reference in decibels; null: there is none.</summary>
    public double? Psnr { get; init; }

    /// <summary>The structural similarity to the reference; null: there is none, or frames are smaller than 11 x 11 pixels.</summary>
    public double? Ssim { get; init; }

    /// <inheritdoc cref="ClipMovement.Change"/>
    public double Change { get; init; }

    /// <inheritdoc cref="ClipMovement.Moves"/>
    public string? Moves { get; init; }

    /// <summary>The colours of two of a hundred pixels and more, the most frequent first.</summary>
    public TextList<string> Palette { get; init; } = [];

    /// <summary>The clip's share of the time of sampling.</summary>
    public TimeSpan Elapsed { get; init; }

    public override string ToString() => $"row {Row}, {Prompt}: {(Passed ? "passed" : string.Join("; ", Failures))}";
}

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

/// <summary>Generates a clip for each row of a table and compares it with the expectations in that row.</summary>
public static class ModelTest
{
    private const string NotRecognizable = "not recognizable in the clip";

    public static IReadOnlyList<ClipPrompt> Prompts(IEnumerable<Expectation> rows) =>
        [.. rows.Select(row => new ClipPrompt(row.Seed) { Text = row.Prompt })];

    /// <summary>Samples a clip for each row, in batches, and checks the clips, without writing files.</summary>
    /// <param name="settings">Sampling settings by name that override the model's defaults.</param>
    /// <returns>The result and clip of each row, as soon as its batch has been sampled.</returns>
    public static IEnumerable<(ModelTestResult Result, Clip Clip)> Run(
        VideoGenerator generator, IReadOnlyList<Expectation> rows, IReadOnlyDictionary<string, object>? settings = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(Prompts(rows), settings, progress, cancellation).Select((sample, index) =>
        {
            var result = Judge(rows[index], sample.Clip, generator.Checkpoint.Path);
            return (result with { Settings = settings is null or { Count: 0 } ? null : new(settings), Elapsed = sample.Elapsed }, sample.Clip);
        });

    /// <summary>Returns the properties of a clip, and their deviations from the expectations in a row.</summary>
    /// <param name="checkpoint">Checkpoint of the model that generated the clip.</param>
    public static ModelTestResult Judge(Expectation row, Clip clip, string checkpoint)
    {
        var isOfShapes = (row.Color ?? row.Shape ?? row.Motion) is not null || ShapesWorld.Parse(row.Prompt) is not null;
        var seen = isOfShapes ? ShapesChecker.Check(clip) : null;
        var likeness = row.Reference is Clip reference ? EngineThread.Run(() => Likeness(clip, reference)) : ((double Psnr, double? Ssim)?)null;
        var movement = ClipMovement.Of(clip);
        var found = new ModelTestResult(row.Row, row.Prompt, row.Seed, checkpoint)
        {
            Color = seen?.Color, Shape = seen?.Shape, Motion = seen?.Motion, Psnr = likeness?.Psnr, Ssim = likeness?.Ssim,
            Change = movement.Change, Moves = movement.Moves, Palette = [.. ClipPalette.Of(clip)],
        };
        return found with { Failures = [.. Failures(row, found)] };
    }

    private static IEnumerable<string> Failures(Expectation row, ModelTestResult found)
    {
        string?[] failures =
        [
            Other("Color", row.Color, found.Color),
            Other("Shape", row.Shape, found.Shape),
            Other("Motion", row.Motion, found.Motion),
            found.Psnr < row.MinPsnr ? Invariant($"Psnr: at least {row.MinPsnr} dB expected, found {found.Psnr:0.00}") : null,
            found.Ssim < row.MinSsim ? Invariant($"Ssim: at least {row.MinSsim} expected, found {found.Ssim:0.0000}") : null,
            found.Ssim is null && row.MinSsim is not null
                ? Invariant($"Ssim: at least {row.MinSsim} expected, but SSIM requires frames of at least 11 x 11 pixels") : null,
            found.Change < row.MinChange ? Invariant($"Change: at least {row.MinChange} expected, found {found.Change:0.00000}") : null,
            found.Change > row.MaxChange ? Invariant($"Change: at most {row.MaxChange} expected, found {found.Change:0.00000}") : null,
            Other("Moves", row.Moves, found.Moves),
            row.Palette.Except(found.Palette).ToList() is { Count: > 0 } absent
                ? $"Palette: {string.Join(", ", absent)} expected, found {found.Palette}" : null,
        ];
        return failures.OfType<string>();
    }

    private static string? Other(string what, string? expected, string? found) =>
        expected is null || expected == found ? null : $"{what}: {expected} expected, {(found is null ? NotRecognizable : $"found {found}")}";

    /// <summary>Compares a clip with a reference up to the end of the shorter one. The reference is scaled and cropped to the size of the clip.</summary>
    private static (double Psnr, double? Ssim) Likeness(Clip clip, Clip reference)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var shape = new ClipShape(clip.Channels, Math.Min(clip.Frames, reference.Frames), clip.Height) { Width = clip.Width };
        var (own, other) = (ClipReader.ToTensor(shape.Fit(clip), shape, CPU), ClipReader.ToTensor(shape.Fit(reference), shape, CPU));
        return (ClipSimilarity.Psnr(ClipSimilarity.Mse(own, other)), ClipSimilarity.Ssim(own, other));
    }
}

/// <summary>Properties of a generated clip, and whether they meet the expectations of a row.</summary>
/// <param name="Row">Row number, from 1.</param>
/// <param name="Checkpoint">Path of the model's checkpoint.</param>
public sealed record ModelTestResult(int Row, string Prompt, long Seed, string Checkpoint)
{
    public string Model => ModelName.Of(Checkpoint);

    public bool Passed => Failures.Count == 0;

    /// <summary>Sampling settings by name that override the model's defaults, such as Steps; <c>null</c> if there are none.</summary>
    public TextTable<object>? Settings { get; init; }

    public TextList<string> Failures { get; init; } = [];

    /// <summary>
    /// Color found in the clip. Like <see cref="Shape"/> and <see cref="Motion"/>, it is a word from the shapes world. <c>null</c> if the pixels are
    /// inconclusive, or if neither the row nor the prompt refers to the shapes world.
    /// </summary>
    public string? Color { get; init; }

    public string? Shape { get; init; }

    public string? Motion { get; init; }

    /// <summary>Peak signal-to-noise ratio relative to the reference clip, in decibels; <c>null</c> if the row does not have a reference clip.</summary>
    public double? Psnr { get; init; }

    /// <summary>
    /// Structural similarity to the reference clip; <c>null</c> if the row does not have one, or if frames are smaller than 11 x 11 pixels.
    /// </summary>
    public double? Ssim { get; init; }

    /// <inheritdoc cref="ClipMovement.Change"/>
    public double Change { get; init; }

    /// <inheritdoc cref="ClipMovement.Moves"/>
    public string? Moves { get; init; }

    /// <summary>Names of the colors that cover at least 2 % of the pixels, most frequent first.</summary>
    public TextList<string> Palette { get; init; } = [];

    /// <summary>Sampling time of the clip: its share of the batch's sampling time.</summary>
    public TimeSpan Elapsed { get; init; }

    public override string ToString() => $"row {Row}, {Prompt}: {(Passed ? "passed" : string.Join("; ", Failures))}";
}

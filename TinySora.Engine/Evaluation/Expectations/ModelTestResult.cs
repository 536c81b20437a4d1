using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>Whether a clip that a model made is what a row of a table expects, and what it shows.</summary>
/// <param name="Row">The number of the row, from 1.</param>
/// <param name="Checkpoint">The model's.</param>
public sealed record ModelTestResult(int Row, string Prompt, long Seed, string Checkpoint)
{
    /// <summary>Short name of the model, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>Whether the clip is all that was expected.</summary>
    public bool Passed => Failures.Count == 0;

    /// <summary>How it was sampled as far as that is not the model's own way, by name, as Steps; null: all of it is.</summary>
    public TextTable<object>? Settings { get; init; }

    /// <summary>What is not as expected, a sentence each.</summary>
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

    /// <summary>The result in one line of text.</summary>
    public override string ToString() => $"row {Row}, {Prompt}: {(Passed ? "passed" : string.Join("; ", Failures))}";
}

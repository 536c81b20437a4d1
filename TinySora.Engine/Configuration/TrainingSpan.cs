using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>An amount of training in optimizer steps or passes over the data, written as <c>400</c> or <c>2 epochs</c>.</summary>
public readonly partial record struct TrainingSpan(int Count, bool InEpochs = false)
{
    /// <summary>Number of optimizer steps. For a span in epochs, it is available only after conversion by <see cref="InSteps"/>.</summary>
    /// <exception cref="InvalidOperationException">The span is in epochs, and the number of steps per epoch depends on the data.</exception>
    public int Steps => InEpochs ? throw new InvalidOperationException($"{this} cannot be converted to steps before the data has been read.") : Count;

    public static implicit operator TrainingSpan(int steps) => new(steps);

    /// <param name="stepsPerEpoch">Optimizer steps per pass over the data.</param>
    public TrainingSpan InSteps(int stepsPerEpoch) => InEpochs ? new((int)Math.Min((long)Count * stepsPerEpoch, int.MaxValue)) : this;

    /// <summary>Whether one of the consecutive spans of this length ends at the given step; always <c>false</c> for a span of 0.</summary>
    public bool EndsAt(int step) => Steps > 0 && step % Steps == 0;

    public override string ToString() =>
        InEpochs ? Plural.Count(Count, "epoch") : Count.ToString(CultureInfo.InvariantCulture);

    /// <summary>Parses a span as it is written in files; returns <c>null</c> for any other text.</summary>
    internal static TrainingSpan? Parse(string text) =>
        Form().Match(text) is { Success: true } match
        && int.TryParse(match.Groups[1].Value.Replace("_", ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            ? new(count, match.Groups[2].Success)
            : null;

    [GeneratedRegex(@"^([-+]?(?:0|[1-9][0-9_]*))(\s+epochs?)?$")]
    private static partial Regex Form();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Configuration;

/// <summary>An amount of training: optimizer steps, or passes over the data. A file says <c>400</c> or <c>2 epochs</c>.</summary>
public readonly partial record struct TrainingSpan(int Count, bool InEpochs = false)
{
    /// <summary>The number of optimizer steps, once the data is known.</summary>
    /// <exception cref="InvalidOperationException">It counts epochs: how many steps those are, the data tells.</exception>
    public int Steps => InEpochs ? throw new InvalidOperationException($"{this} are not steps before the data is known.") : Count;

    public static implicit operator TrainingSpan(int steps) => new(steps);

    /// <param name="stepsPerEpoch">Optimizer steps of one pass over the data.</param>
    public TrainingSpan InSteps(int stepsPerEpoch) => InEpochs ? new((int)Math.Min((long)Count * stepsPerEpoch, int.MaxValue)) : this;

    /// <summary>Whether it ends with this step; a span of none never does.</summary>
    public bool EndsAt(int step) => Steps > 0 && step % Steps == 0;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Count}{(InEpochs ? Count == 1 ? " epoch" : " epochs" : "")}");

    /// <summary>Reads a span as files write it; null for another text.</summary>
    internal static TrainingSpan? Parse(string text) =>
        Form().Match(text) is { Success: true } match
        && int.TryParse(match.Groups[1].Value.Replace("_", ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            ? new(count, match.Groups[2].Success)
            : null;

    [GeneratedRegex(@"^([-+]?(?:0|[1-9][0-9_]*))(\s+epochs?)?$")]
    private static partial Regex Form();
}

using TinySora.Engine.Formats;

namespace TinySora.Engine.Runs.Rates;

/// <summary>The result of a search for the learning rate.</summary>
public sealed record RateSearch
{
    /// <summary>The configuration's file or preset.</summary>
    public required string Config { get; init; }

    /// <summary>Where the loss falls fastest, for trainer.train_lr; null: it does not fall anywhere.</summary>
    public required double? Suggested { get; init; }

    /// <summary>The rate at which the smoothed loss was lowest: more than this is too much.</summary>
    public required double? Lowest { get; init; }

    /// <summary>The rate at which the loss had grown so far that the search ended, or was no number any more; null: it went to its end.</summary>
    public required double? DivergedAt { get; init; }

    /// <summary>The points of the search, one for each step.</summary>
    public required TextList<RatePoint> Points { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>The chart, where one was drawn.</summary>
    public string? ChartPath { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() =>
        Suggested is null ? $"{Config}: the loss fell at no rate" : FormattableString.Invariant($"{Config}: {Suggested:0.0e+0}");
}

/// <summary>One step of a search for the learning rate.</summary>
/// <param name="Rate">That the step took.</param>
/// <param name="Smoothed">The mean of the losses so far, of which each counts 0.95 times as much as the next.</param>
public sealed record RatePoint(int Step, double Rate, double Loss, double Smoothed)
{
    public override string ToString() => FormattableString.Invariant($"{Rate:0.0e+0}: {Smoothed:0.0000}");
}

using TinySora.Engine.Formats;

namespace TinySora.Engine.Runs.Rates;

/// <summary>The result of a search for the learning rate.</summary>
public sealed record RateSearch
{
    /// <summary>Configuration file or preset.</summary>
    public required string Config { get; init; }

    /// <summary>Suggested value of <c>trainer.train_lr</c>: the learning rate at which the loss falls fastest; <c>null</c> if the loss never falls.</summary>
    public required double? Suggested { get; init; }

    /// <summary>Learning rate with the lowest smoothed loss, which is an upper bound for training.</summary>
    public required double? Lowest { get; init; }

    /// <summary>Learning rate at which the loss diverged or became non-finite, which ended the search; <c>null</c> if all rates were tested.</summary>
    public required double? DivergedAt { get; init; }

    /// <summary>Points of the search, one per step.</summary>
    public required TextList<RatePoint> Points { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Path of the chart, if one was drawn.</summary>
    public string? ChartPath { get; init; }

    /// <summary>Returns the result on one line.</summary>
    public override string ToString() =>
        Suggested is null ? $"{Config}: the loss did not fall at any rate" : FormattableString.Invariant($"{Config}: {Suggested:0.0e+0}");
}

/// <summary>One step of a search for the learning rate.</summary>
/// <param name="Rate">Learning rate of the step.</param>
/// <param name="Smoothed">Exponential moving average of the losses, with a decay of 0.95.</param>
public sealed record RatePoint(int Step, double Rate, double Loss, double Smoothed)
{
    public override string ToString() => FormattableString.Invariant($"{Rate:0.0e+0}: {Smoothed:0.0000}");
}

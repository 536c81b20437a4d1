namespace TinySora.Engine.Configuration;

/// <summary>The metric that selects the best checkpoint: the name of a scalar, and whether a higher or a lower value is better.</summary>
public readonly record struct BestMetric(string Name, bool IsHighest)
{
    /// <summary>The metric <c>loss</c>: the smoothed training loss.</summary>
    public const string Loss = "loss";

    /// <summary>Prefix of validation metrics.</summary>
    public const string ValidationPrefix = "val.";

    private const string Highest = "highest ";

    /// <summary>
    /// Relative difference below which two values count as equal, because such a difference may be due to chance or rounding. PyTorch's ReduceLROnPlateau
    /// uses the same threshold.
    /// </summary>
    private const double Threshold = 1e-4;

    /// <summary>Whether the metric is measured only during validation.</summary>
    public bool IsValidated => Name.StartsWith(ValidationPrefix, StringComparison.Ordinal);

    /// <param name="text">Value of <c>trainer.best_by</c>, such as <c>loss</c>, <c>val.loss</c> or <c>highest val.psnr</c>.</param>
    public static BestMetric Parse(string text)
    {
        var isHighest = text.Trim().StartsWith(Highest, StringComparison.OrdinalIgnoreCase);
        return new(isHighest ? text.Trim()[Highest.Length..].Trim() : text.Trim(), isHighest);
    }

    /// <summary>Whether a value of the metric is better than another value; any finite value is better than <c>null</c>.</summary>
    public bool IsBetter(double value, double? than) =>
        double.IsFinite(value) && (than is not double other || (IsHighest ? value > other : value < other));

    /// <summary>Whether a value of the metric is better than another value by a relative difference of more than 1e-4.</summary>
    public bool IsClearlyBetter(double value, double? than) =>
        IsBetter(value, than is double other ? other + (Math.Abs(other) * (IsHighest ? Threshold : -Threshold)) : null);

    public override string ToString() => (IsHighest ? Highest : "") + Name;
}

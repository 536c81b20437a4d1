namespace TinySora.Engine.Configuration;

/// <summary>The metric that decides which checkpoint is the best: a named scalar, and whether it shall be low or high.</summary>
public readonly record struct BestMetric(string Name, bool IsHighest)
{
    /// <summary>The metric <c>loss</c>: the smoothed loss of the steps.</summary>
    public const string Loss = "loss";

    /// <summary>The prefix of the names of all that a validation measures.</summary>
    public const string ValidationPrefix = "val.";

    private const string Highest = "highest ";

    /// <summary>
    /// The relative difference below which two values count as equal, for chance or rounding may be all there is to it; as in PyTorch's
    /// ReduceLROnPlateau.
    /// </summary>
    private const double Threshold = 1e-4;

    /// <summary>Whether only validations measure the metric.</summary>
    public bool IsValidated => Name.StartsWith(ValidationPrefix, StringComparison.Ordinal);

    /// <param name="text">As trainer.best_by says it: <c>loss</c>, <c>val.loss</c>, <c>highest val.psnr</c>.</param>
    public static BestMetric Parse(string text)
    {
        var isHighest = text.Trim().StartsWith(Highest, StringComparison.OrdinalIgnoreCase);
        return new(isHighest ? text.Trim()[Highest.Length..].Trim() : text.Trim(), isHighest);
    }

    /// <summary>Whether a value is better than another; nothing is worse than none.</summary>
    public bool IsBetter(double value, double? than) =>
        double.IsFinite(value) && (than is not double other || (IsHighest ? value > other : value < other));

    /// <summary>Whether a value is better by more than a ten-thousandth.</summary>
    public bool IsClearlyBetter(double value, double? than) =>
        IsBetter(value, than is double other ? other + (Math.Abs(other) * (IsHighest ? Threshold : -Threshold)) : null);

    public override string ToString() => (IsHighest ? Highest : "") + Name;
}

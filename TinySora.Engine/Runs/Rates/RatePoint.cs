namespace TinySora.Engine.Runs.Rates;

/// <summary>One step of a search for the learning rate.</summary>
/// <param name="Rate">That the step took.</param>
/// <param name="Smoothed">The mean of the losses so far, of which each counts 0.95 times as much as the next.</param>
public sealed record RatePoint(int Step, double Rate, double Loss, double Smoothed)
{
    public override string ToString() => FormattableString.Invariant($"{Rate:0.0e+0}: {Smoothed:0.0000}");
}

namespace TinySora.Soak;

/// <summary>Whether what a process holds stays flat while it works.</summary>
internal static class Flatness
{
    /// <summary>The share of the samples in which caches may fill and the allocator may find its size.</summary>
    private const double WarmUp = 0.25;

    /// <summary>What grows, in words. It is judged by its floor, the lowest of several samples, for what is held for a moment alone is no leak.</summary>
    public static IReadOnlyList<string> Problems(IReadOnlyList<Sample> samples)
    {
        var warm = samples.Skip((int)(samples.Count * WarmUp)).ToList();
        var third = warm.Count / 3;
        if (third < 2)
        {
            return [$"{samples.Count} samples are too few to judge by."];
        }

        var steps = warm[^1].Steps - warm[0].Steps;
        return
        [
            .. from part in Sample.Parts
               let first = warm.Take(third).Min(part.Of)
               let last = warm.TakeLast(third).Min(part.Of)
               where last - first > part.Allowance
               select FormattableString.Invariant($"{part.Name} grew from {first} to {last} in some {steps * 2 / 3} steps."),
        ];
    }
}

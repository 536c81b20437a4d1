namespace TinySora.Soak;

/// <summary>Checks that a process's resources do not grow while it works.</summary>
internal static class Flatness
{
    /// <summary>Share of the samples in which caches may fill and the allocator may settle.</summary>
    private const double WarmUp = 0.25;

    /// <summary>Describes growing resources. Compares the minimum of several samples, because temporary use is not a leak.</summary>
    public static IReadOnlyList<string> Problems(IReadOnlyList<Sample> samples)
    {
        var warm = samples.Skip((int)(samples.Count * WarmUp)).ToList();
        var third = warm.Count / 3;
        if (third < 2)
        {
            return [$"{samples.Count} samples are too few."];
        }

        var steps = warm[^1].Steps - warm[0].Steps;
        return
        [
            .. from part in Sample.Parts
               let first = warm.Take(third).Min(part.Of)
               let last = warm.TakeLast(third).Min(part.Of)
               where last - first > part.Allowance
               select FormattableString.Invariant($"{part.Name} grew from {first} to {last} in about {steps * 2 / 3} steps."),
        ];
    }
}

using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>How the tries of one command ended.</summary>
internal sealed record Tally(string Name)
{
    public int Tries { get; set; }

    /// <summary>Tries after which the command went on as if nothing had been.</summary>
    public int WentOn { get; set; }

    /// <summary>Tries after which it went on without the file, which a warning named: a clip that cannot be read is left out.</summary>
    public int DidWithout { get; set; }

    /// <summary>Tries that ended in a clear error.</summary>
    public int Refused { get; set; }

    public List<Finding> Findings { get; } = [];

    public override string ToString() =>
        $"{Name}: {Tries} tries, {WentOn} went on, {DidWithout} did without, {Refused} refused, {Findings.Count} findings";
}

/// <summary>Fails the first, the second, ... call of each kind that a command makes, until there is none left.</summary>
internal sealed class Exhaustion(Workshop workshop)
{
    /// <summary>Tries one command with each fault at each of its calls.</summary>
    /// <param name="stride">1: every call; 5: the first, the sixth, ...</param>
    /// <param name="found">Is told what was wrong as soon as it is seen.</param>
    public Tally Try(Scenario scenario, IEnumerable<Fault> faults, int stride, Action<Finding>? found = null)
    {
        Tally tally = new(scenario.Name);
        workshop.Prepare(scenario);
        var should = workshop.Reference(scenario);
        foreach (var fault in faults)
        {
            for (var number = 1; Try(scenario, fault, number, should, tally, found); number += stride)
            {
                tally.Tries++;
            }
        }

        return tally;
    }

    /// <summary>One try.</summary>
    /// <returns>False: the command made no call of this number.</returns>
    private bool Try(
        Scenario scenario, Fault fault, int number, SortedDictionary<string, string> should, Tally tally, Action<Finding>? found)
    {
        workshop.Reset(scenario);
        workshop.Layer.Arm(fault, number);
        var outcome = workshop.Run(scenario.Line);
        var (fired, path) = (workshop.Layer.Fired, workshop.Layer.FailedPath);
        workshop.Layer.Disarm();
        if (fired == 0)
        {
            return false;
        }

        var damaged = Tree.Damaged(workshop.Folder);
        var again = workshop.Run(scenario.Line);
        var difference = again.Succeeded ? Tree.Difference(Tree.Read(workshop.Folder), should) : null;
        var didWithout = difference is not null && outcome.WarnedOf(path);
        List<string> problems =
        [
            .. new[] { outcome.Problem }.OfType<string>(), .. damaged.Select(file => $"{file} is not whole ({outcome})"),
            .. again.Succeeded ? [] : new[] { $"the same line does not go on: {again} (at first: {outcome})" },
            .. difference is null || didWithout ? [] : new[] { $"it does not end as undisturbed: {difference} (at first: {outcome})" },
        ];
        foreach (var problem in problems)
        {
            Finding finding = new($"{scenario.Name}, {fault.Name} {number} ({Path.GetRelativePath(workshop.Folder, path)})", problem);
            tally.Findings.Add(finding);
            found?.Invoke(finding);
        }

        _ = didWithout ? tally.DidWithout++ : problems.Count > 0 ? 0 : outcome.Succeeded ? tally.WentOn++ : tally.Refused++;
        return true;
    }
}

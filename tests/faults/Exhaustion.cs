namespace TinySora.Faults;

/// <summary>What was wrong at one try.</summary>
/// <param name="Where">The command, the fault and its number, by which it is repeated.</param>
internal sealed record Finding(string Where, string What)
{
    public override string ToString() => $"{Where}: {What}";
}

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
        var before = tally.Findings.Count;
        void Add(string what)
        {
            Finding finding = new($"{scenario.Name}, {fault.Name} {number} ({Path.GetRelativePath(workshop.Folder, path)})", what);
            tally.Findings.Add(finding);
            found?.Invoke(finding);
        }

        if (fired == 0)
        {
            return false;
        }

        if (Verdict.Problem(outcome) is string problem)
        {
            Add(problem);
        }

        foreach (var file in Tree.Damaged(workshop.Folder))
        {
            Add($"{file} is not whole ({outcome})");
        }

        var again = workshop.Run(scenario.Line);
        if (!again.Succeeded)
        {
            Add($"the same line does not go on: {again} (at first: {outcome})");
        }
        else if (Tree.Difference(Tree.Read(workshop.Folder), should) is string difference)
        {
            if (outcome.WarnedOf(path))
            {
                tally.DidWithout++;
                return true;
            }

            Add($"it does not end as undisturbed: {difference} (at first: {outcome})");
        }

        if (tally.Findings.Count == before)
        {
            _ = outcome.Succeeded ? tally.WentOn++ : tally.Refused++;
        }

        return true;
    }
}

using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Results of the trials of one command.</summary>
internal sealed record Tally(string Name)
{
    public int Tries { get; set; }

    /// <summary>Number of trials in which the command succeeded despite the fault.</summary>
    public int WentOn { get; set; }

    /// <summary>Number of trials in which the command succeeded without a file that a warning named, such as an unreadable clip.</summary>
    public int DidWithout { get; set; }

    /// <summary>Number of trials that ended with a clear error.</summary>
    public int Refused { get; set; }

    public List<Finding> Findings { get; } = [];

    public override string ToString() =>
        $"{Name}: {Tries} trials, {WentOn} succeeded, {DidWithout} skipped a file, {Refused} reported an error, {Findings.Count} findings";
}

/// <summary>Fails each call of each kind that a command makes, one after another.</summary>
internal sealed class Exhaustion(Workshop workshop)
{
    /// <summary>Tests one command with each fault at each of its calls.</summary>
    /// <param name="stride">1 fails every call, 5 every fifth.</param>
    /// <param name="skipped">Number of calls before the first one that fails, less than <paramref name="stride"/>.</param>
    /// <param name="found">Receives each finding immediately.</param>
    public Tally Try(Scenario scenario, IEnumerable<Fault> faults, int stride, int skipped = 0, Action<Finding>? found = null)
    {
        Tally tally = new(scenario.Name);
        workshop.Prepare(scenario);
        var should = workshop.Reference(scenario);
        foreach (var fault in faults)
        {
            for (var number = 1 + skipped; Try(scenario, fault, number, should, tally, found); number += stride)
            {
                tally.Tries++;
            }
        }

        return tally;
    }

    /// <summary>Runs one trial.</summary>
    /// <returns><c>false</c> if the command makes fewer calls.</returns>
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
            .. new[] { outcome.Problem }.OfType<string>(), .. damaged.Select(file => $"{file} is incomplete ({outcome})"),
            .. again.Succeeded ? [] : new[] { $"the same command does not resume: {again} (first outcome: {outcome})" },
            .. difference is null || didWithout ? [] : new[] { $"the result differs from the undisturbed one: {difference} (first outcome: {outcome})" },
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

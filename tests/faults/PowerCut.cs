using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>What was found about one command.</summary>
internal sealed record PowerTally(string Name)
{
    /// <summary>Operations, each of which may be the last.</summary>
    public int Moments { get; set; }

    public int Flushes { get; set; }

    /// <summary>States of the disk, all of which are looked at.</summary>
    public int States { get; set; }

    /// <summary>Those that differ from all others.</summary>
    public int Distinct { get; set; }

    /// <summary>Those on which the same line was started.</summary>
    public int Started { get; set; }

    /// <summary>States from the middle of the command, from which it can be recorded again while it resumes.</summary>
    public List<IReadOnlyList<(string Path, Content Content)>> Middle { get; } = [];

    /// <summary>What was wrong, and on how many states.</summary>
    public Dictionary<string, int> Findings { get; } = [];

    public override string ToString() => $"{Name}: {Moments} operations, {Flushes} flushes, {States} states, {Distinct} of them distinct, "
        + $"started on {Started}, {Findings.Count} findings";
}

/// <summary>
/// Cuts the power at every moment of a command: builds the states that the disk may have then, looks for files that have their names and are not
/// whole or were reported and are missing, and starts the same line on what is left.
/// </summary>
internal sealed class PowerCut(Workshop workshop)
{
    /// <summary>Records a command once, with what it has to leave behind.</summary>
    public Recorded Record(Scenario scenario)
    {
        workshop.Prepare(scenario);
        var should = workshop.Reference(scenario);
        workshop.Reset(scenario);
        return Record(scenario, should);
    }

    /// <summary>Records how a command resumes after a power cut.</summary>
    public Recorded Resume(Recorded recorded, IReadOnlyList<(string Path, Content Content)> files)
    {
        workshop.Build(recorded.Scenario, files);
        return Record(recorded.Scenario, recorded.Should);
    }

    /// <summary>Tries a recorded command.</summary>
    /// <param name="stride">1: the line is started on every distinct state; 5: on every fifth.</param>
    /// <param name="ignored">Kind of flush that is left out; the first finding ends the try then.</param>
    public PowerTally Try(Recorded recorded, int stride, string? ignored = null, Action<Finding>? found = null)
    {
        var disk = recorded.Build(ignored);
        PowerTally tally = new(recorded.Scenario.Name) { Moments = disk.Count, Flushes = disk.Flushes.Count };
        HashSet<string> keys = [];
        for (var moment = 0; moment <= disk.Count; moment++)
        {
            DiskPromise promise = new(disk, moment);
            foreach (var state in DiskState.All(disk, moment))
            {
                tally.States++;
                var names = state.Names(disk);
                var files = disk.Files(names);
                promise.Broken(state, names, files).ForEach(what => Add(state, what));
                if (keys.Add(state.Key(files)) && tally.Distinct++ % stride == 0)
                {
                    tally.Started++;
                    if (moment >= (tally.Middle.Count + 1) * disk.Count / 3 && tally.Middle.Count < 2)
                    {
                        tally.Middle.Add([.. files.Select(file => (file.Key, state.Read(file.Value)))]);
                    }

                    if (Start(recorded, state, files) is string what)
                    {
                        Add(state, what);
                    }
                }

                if (ignored is not null && tally.Findings.Count > 0)
                {
                    return tally;
                }
            }
        }

        return tally;

        void Add(DiskState state, string what)
        {
            tally.Findings[what] = tally.Findings.GetValueOrDefault(what) + 1;
            if (tally.Findings[what] == 1)
            {
                found?.Invoke(new Finding($"{recorded.Scenario.Name}, after operation {state.Moment} ({state.Describe(disk)})", what));
            }
        }
    }

    private Recorded Record(Scenario scenario, SortedDictionary<string, string> should)
    {
        var before = Disk.Snapshot(workshop.Folder);
        Outcome? outcome = null;
        var operations = workshop.Layer.Record(() => outcome = workshop.Run(scenario.Line));
        if (!outcome!.Succeeded)
        {
            throw new InvalidOperationException($"{scenario.Name} fails without a fault: {outcome}");
        }

        // What was recorded has to explain what is there.
        Recorded recorded = new(scenario, workshop.Folder, before, operations, should);
        var there = Disk.Snapshot(workshop.Folder).Where(file => file.Content is not null)
            .ToDictionary(file => Path.GetRelativePath(workshop.Folder, file.Path), file => file.Content!.Digest);
        return Tree.Difference(new(there, StringComparer.Ordinal), recorded.Build().Last()) is string difference
            ? throw new InvalidOperationException($"{scenario.Name} was not recorded in full: {difference}")
            : recorded;
    }

    /// <returns>What was wrong.</returns>
    private string? Start(Recorded recorded, DiskState state, SortedDictionary<string, DiskNode> files)
    {
        workshop.Build(recorded.Scenario, files.Select(file => (file.Key, state.Read(file.Value))));
        var again = workshop.Run(recorded.Scenario.Line);
        if (!again.Succeeded)
        {
            return $"the same line does not resume: {again}";
        }

        // An older checkpoint that was deleted may be back; a status that was being written may be left, and so may a folder of files that were being
        // written, if the line has nothing more to write.
        var there = Tree.Read(workshop.Folder);
        foreach (var name in there.Keys.Except(recorded.Should.Keys).Where(MayBeLeft).ToList())
        {
            there.Remove(name);
        }

        return Tree.Difference(there, recorded.Should) is string difference ? $"it does not end as undisturbed: {difference}" : null;
    }

    private static bool MayBeLeft(string path) => Path.GetFileName(path) is var name
        && (name.StartsWith("step-", StringComparison.Ordinal) || name is "status.json.partial" or "dashboard.html.partial"
            || path.Contains("/.tinysora/writing/", StringComparison.Ordinal));

    /// <summary>A command with what it did.</summary>
    /// <param name="Before">What was there before it, see <see cref="Disk.Snapshot"/>.</param>
    /// <param name="Should">The files that it leaves, as <see cref="Tree.Read"/> compares them.</param>
    internal sealed record Recorded(
        Scenario Scenario, string Folder, IReadOnlyList<(string Path, Content? Content)> Before, IReadOnlyList<Operation> Operations,
        SortedDictionary<string, string> Should)
    {
        /// <summary>The disk with all operations but a kind of flush.</summary>
        public Disk Build(string? ignored = null)
        {
            Disk disk = new(Folder, Before);
            disk.Add(Operations, ignored);
            return disk;
        }
    }
}

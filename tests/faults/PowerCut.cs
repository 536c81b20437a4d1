using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Results of the power failures of one command.</summary>
internal sealed record PowerTally(string Name)
{
    /// <summary>Number of operations; the power may fail after each.</summary>
    public int Moments { get; set; }

    public int Flushes { get; set; }

    /// <summary>Number of disk states, all of which are checked.</summary>
    public int States { get; set; }

    /// <summary>Number of distinct states.</summary>
    public int Distinct { get; set; }

    /// <summary>Number of states on which the command was started again.</summary>
    public int Started { get; set; }

    /// <summary>States from the middle of the command, from which its resumption can be recorded.</summary>
    public List<IReadOnlyList<(string Path, Content Content)>> Middle { get; } = [];

    /// <summary>Problems with the number of states that have them.</summary>
    public Dictionary<string, int> Findings { get; } = [];

    public override string ToString() => $"{Name}: {Moments} operations, {Flushes} flushes, {States} states, {Distinct} of them distinct, "
        + $"started on {Started}, {Findings.Count} findings";
}

/// <summary>
/// Simulates a power failure at every moment of a command: builds the possible states of the disk, looks for incomplete files under their final names and
/// for reported files that are missing, and starts the same command on each state.
/// </summary>
internal sealed class PowerCut(Workshop workshop)
{
    /// <summary>Records a command once, with its expected files.</summary>
    public Recorded Record(Scenario scenario)
    {
        workshop.Prepare(scenario);
        var should = workshop.Reference(scenario);
        workshop.Reset(scenario);
        return Record(scenario, should);
    }

    /// <summary>Records how a command resumes after a power failure.</summary>
    public Recorded Resume(Recorded recorded, IReadOnlyList<(string Path, Content Content)> files)
    {
        workshop.Build(recorded.Scenario, files);
        return Record(recorded.Scenario, recorded.Should);
    }

    /// <summary>Tries a recorded command.</summary>
    /// <param name="stride">1 starts the command on every distinct state, 5 on every fifth.</param>
    /// <param name="skipped">Number of states before the first one on which the command starts, less than <paramref name="stride"/>.</param>
    /// <param name="ignored">Kind of flush to leave out; the trial then ends at the first finding.</param>
    public PowerTally Try(Recorded recorded, int stride, string? ignored = null, int skipped = 0, Action<Finding>? found = null)
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
                if (keys.Add(state.Key(files)) && tally.Distinct++ % stride == skipped)
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

        // The recording must explain the files on the disk.
        Recorded recorded = new(scenario, workshop.Folder, before, operations, should);
        var there = Disk.Snapshot(workshop.Folder).Where(file => file.Content is not null)
            .ToDictionary(file => Path.GetRelativePath(workshop.Folder, file.Path), file => file.Content!.Digest);
        return Tree.Difference(new(there, StringComparer.Ordinal), recorded.Build().Last()) is string difference
            ? throw new InvalidOperationException($"The recording of {scenario.Name} is incomplete: {difference}")
            : recorded;
    }

    /// <returns>The problem; <c>null</c> for none.</returns>
    private string? Start(Recorded recorded, DiskState state, SortedDictionary<string, DiskNode> files)
    {
        workshop.Build(recorded.Scenario, files.Select(file => (file.Key, state.Read(file.Value))));
        var again = workshop.Run(recorded.Scenario.Line);
        if (!again.Succeeded)
        {
            return $"the same command does not resume: {again}";
        }

        // A deleted older checkpoint may reappear. Partial status files may remain, and so may a folder of partial files if the command has nothing left to
        // write.
        var there = Tree.Read(workshop.Folder);
        foreach (var name in there.Keys.Except(recorded.Should.Keys).Where(MayBeLeft).ToList())
        {
            there.Remove(name);
        }

        return Tree.Difference(there, recorded.Should) is string difference ? $"the result differs from the undisturbed one: {difference}" : null;
    }

    private static bool MayBeLeft(string path) => Path.GetFileName(path) is var name
        && (name.StartsWith("step-", StringComparison.Ordinal) || name is "status.json.partial" or "dashboard.html.partial"
            || path.Contains("/.tinysora/writing/", StringComparison.Ordinal));

    /// <summary>A recorded command.</summary>
    /// <param name="Before">Files and folders before the command, see <see cref="Disk.Snapshot"/>.</param>
    /// <param name="Should">Expected files, as <see cref="Tree.Read"/> compares them.</param>
    internal sealed record Recorded(
        Scenario Scenario, string Folder, IReadOnlyList<(string Path, Content? Content)> Before, IReadOnlyList<Operation> Operations,
        SortedDictionary<string, string> Should)
    {
        /// <summary>Builds the disk with all operations except a kind of flush.</summary>
        public Disk Build(string? ignored = null)
        {
            Disk disk = new(Folder, Before);
            disk.Add(Operations, ignored);
            return disk;
        }
    }
}

using System.Diagnostics;
using TinySora.Faults;

// Started by `build.sh torture`, which says where the program and the module are; the options are described there.
var words = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
var seed = int.Parse(words.GetValueOrDefault("--seed", $"{Environment.TickCount & 0xFFFFF}"));
var clock = Stopwatch.StartNew();
PowerShellProgram program = new(words["--pwsh"], words["--module"]);
using Workshop workshop = new(program);
var hasMpi = PowerShellProgram.Finds("mpiexec");
return words.ContainsKey("--night") ? Sleep() : words.ContainsKey("--power") ? CutPower() : words.ContainsKey("--minutes") || words.ContainsKey("--tries") ? Kill() : Fail();

IReadOnlyList<Scenario> Chosen(IEnumerable<Scenario> all) =>
    [.. all.Where(scenario => !words.TryGetValue("--commands", out var names) || names.Split(',').Contains(scenario.Name))];

// Every call of every command.
int Fail()
{
    var faults = Fault.All.Concat(Fault.OfFileSystem).Where(fault => !words.TryGetValue("--faults", out var names) || names.Split(',').Contains(fault.Name)).ToList();
    List<Tally> tallies = [];
    foreach (var scenario in Chosen([.. Scenario.All, Scenario.Installation]))
    {
        using var bare = scenario == Scenario.Installation ? new Workshop(program, isBare: true) : null;
        tallies.Add(new Exhaustion(bare ?? workshop).Try(scenario, faults, int.Parse(words.GetValueOrDefault("--stride", "1")), Console.WriteLine));
        Console.WriteLine(tallies[^1]);
    }

    Console.WriteLine($"{tallies.Sum(tally => tally.Tries)} tries in {clock.Elapsed.TotalMinutes:0.0} minutes, "
        + $"{tallies.Sum(tally => tally.Findings.Count)} findings.");
    return tallies.Exists(tally => tally.Findings.Count > 0) ? 1 : 0;
}

// The states that a disk may have after a power cut at any moment; with "flushes" each flush is left out in turn, which has to be found.
int CutPower()
{
    var stride = int.Parse(words.GetValueOrDefault("--stride", "1"));
    List<PowerTally> tallies = [];
    var unfound = 0;
    foreach (var scenario in Chosen([.. Scenario.All, .. Scenario.OfPower, Scenario.Installation]))
    {
        using var bare = scenario == Scenario.Installation ? new Workshop(program, isBare: true) : null;
        PowerCut power = new(bare ?? workshop);
        var recorded = power.Record(scenario);
        if (words["--power"] != "flushes")
        {
            tallies.Add(power.Try(recorded, stride, found: Console.WriteLine));
            Console.WriteLine(tallies[^1]);

            // Another cut while the command resumes.
            foreach (var middle in tallies[^1].Middle.ToList())
            {
                tallies.Add(power.Try(power.Resume(recorded, middle), stride, found: Console.WriteLine));
                Console.WriteLine($"resumed {tallies[^1]}");
            }

            continue;
        }

        foreach (var kind in recorded.Build().Flushes.Select(flush => flush.Kind).Distinct())
        {
            var found = power.Try(recorded, stride, kind).Findings.Keys.FirstOrDefault();
            unfound += found is null ? 1 : 0;
            Console.WriteLine($"{scenario.Name} without the flush of {kind}: {found ?? "NOT FOUND"}");
        }
    }

    Console.WriteLine($"{tallies.Sum(tally => tally.States)} states, {tallies.Sum(tally => tally.Distinct)} of them distinct, started on "
        + $"{tallies.Sum(tally => tally.Started)} in {clock.Elapsed.TotalMinutes:0.0} minutes, {tallies.Sum(tally => tally.Findings.Count)} findings.");
    return unfound > 0 || tallies.Exists(tally => tally.Findings.Count > 0) ? 1 : 0;
}

// Random moments, as many as the time allows.
int Kill()
{
    var all = Chosen([.. Scenario.All, .. hasMpi ? Scenario.OfProcesses : []]);
    if (!hasMpi)
    {
        Console.WriteLine("There is no mpiexec on the PATH: runs of several processes are left out.");
    }

    Torture torture = new(workshop, all);
    var time = TimeSpan.FromMinutes(double.Parse(words.GetValueOrDefault("--minutes", "1000000")));
    var tries = int.Parse(words.GetValueOrDefault("--tries", $"{int.MaxValue}"));
    for (var i = 0; i < tries && clock.Elapsed < time; i++)
    {
        var before = torture.Findings.Count;
        torture.Try(seed + i);
        torture.Findings.Skip(before).ToList().ForEach(Console.WriteLine);
    }

    Console.WriteLine($"{"command",-20}{string.Concat(Enum.GetValues<Disturbance>().Select(what => $"{what,10}"))}");
    foreach (var scenario in all)
    {
        var counts = Enum.GetValues<Disturbance>().Select(what => torture.Tries.GetValueOrDefault((scenario.Name, what)));
        Console.WriteLine($"{scenario.Name,-20}{string.Concat(counts.Select(count => $"{count,10}"))}");
    }

    Console.WriteLine(
        $"{torture.Tries.Values.Sum()} disturbances in {clock.Elapsed.TotalMinutes:0.0} minutes from seed {seed} on, {torture.Findings.Count} findings.");
    return torture.Findings.Count > 0 ? 1 : 0;
}

// The scheduled script, killed once a minute.
int Sleep()
{
    var processes = int.Parse(words.GetValueOrDefault("--processes", hasMpi ? "2" : "1"));
    Night night = new(workshop, words["--script"], processes);
    night.Run(TimeSpan.FromMinutes(double.Parse(words["--night"])), seed, Console.WriteLine);
    night.Findings.ForEach(Console.WriteLine);
    Console.WriteLine(FormattableString.Invariant(
        $"{processes} processes, {night.Failures} failures in {clock.Elapsed.TotalMinutes:0.0} minutes from seed {seed} on: ")
        + FormattableString.Invariant($"{night.Effective:0.0%} of {night.Counted + night.Lost} steps counted; ")
        + $"one failure cost {night.MostLost} steps at most, of {Night.Interval} from one checkpoint to the next; {night.Findings.Count} findings.");
    return night.Findings.Count > 0 || night.Effective < Night.Least ? 1 : 0;
}

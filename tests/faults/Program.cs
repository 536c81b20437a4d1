using TinySora.Chaos;
using TinySora.Faults;

// Started by `build.sh torture`, which describes the options and passes the paths of the program and the module.
using Campaign campaign = new(args.Contains("--seed") ? args : [.. args, "--seed", $"{Environment.TickCount & 0xFFFFF}"]);
PowerShellProgram program = new(campaign["--pwsh"]!, campaign["--module"]!);
using Workshop workshop = new(program);
var hasMpi = PowerShellProgram.Finds("mpiexec");
var stride = campaign.Number("--stride", 1);
var skipped = ((campaign.Seed % stride) + stride) % stride;
return campaign["--night"] is string minutes ? Sleep(TimeSpan.FromMinutes(double.Parse(minutes)))
    : campaign["--power"] is string power ? CutPower(power == "flushes")
    : campaign["--minutes"] is not null || campaign["--tries"] is not null ? Kill()
    : Fail();

IReadOnlyList<Scenario> Chosen(params IEnumerable<Scenario> all) => [.. all.Where(scenario => campaign.Takes("--commands", scenario.Name))];

// Runs work in a scenario's folder. The installation scenario uses a module without native libraries.
void At(Scenario scenario, Action<Workshop> work)
{
    using var bare = scenario == Scenario.Installation ? new Workshop(program, isBare: true) : null;
    work(bare ?? workshop);
}

// Fails every call of every command.
int Fail()
{
    List<Fault> faults = [.. Fault.All.Concat(Fault.OfFileSystem).Where(fault => campaign.Takes("--faults", fault.Name))];
    var tries = 0;
    foreach (var scenario in Chosen([.. Scenario.All, Scenario.Installation]))
    {
        At(scenario, at =>
        {
            var tally = new Exhaustion(at).Try(scenario, faults, stride, skipped, campaign.Report);
            tries += tally.Tries;
            Console.WriteLine(tally);
        });
    }

    return campaign.End($"{tries} tries");
}

// Checks the possible states of a disk after a power failure at any moment; or leaves out each kind of flush, which must be found.
int CutPower(bool leavesFlushesOut)
{
    List<PowerTally> tallies = [];
    foreach (var scenario in Chosen([.. Scenario.All, .. Scenario.OfPower, Scenario.Installation]))
    {
        At(scenario, at =>
        {
            PowerCut power = new(at);
            var recorded = power.Record(scenario);
            if (leavesFlushesOut)
            {
                foreach (var kind in recorded.Build().Flushes.Select(flush => flush.Kind).Distinct())
                {
                    var found = power.Try(recorded, stride, kind).Findings.Keys.FirstOrDefault();
                    Action<object> tell = found is null ? campaign.Report : Console.WriteLine;
                    tell($"{scenario.Name} without the flush of {kind}: {found ?? "NOT FOUND"}");
                }
            }
            else
            {
                Try(recorded, "");
                // Another power failure while the command resumes.
                tallies[^1].Middle.ForEach(middle => Try(power.Resume(recorded, middle), "resumed "));
            }

            void Try(PowerCut.Recorded what, string prefix)
            {
                tallies.Add(power.Try(what, stride, skipped: skipped, found: campaign.Report));
                Console.WriteLine($"{prefix}{tallies[^1]}");
            }
        });
    }

    return campaign.End($"{tallies.Sum(tally => tally.States)} states, {tallies.Sum(tally => tally.Distinct)} of them distinct, started on "
        + $"{tallies.Sum(tally => tally.Started)}");
}

// Disturbs commands at random moments until the time is over.
int Kill()
{
    var all = Chosen([.. Scenario.All, .. hasMpi ? Scenario.OfProcesses : []]);
    if (!hasMpi)
    {
        Console.WriteLine("mpiexec is not on the PATH: skipping runs of several processes.");
    }

    Torture torture = new(workshop, all, campaign);
    for (var i = 0; i < campaign.Number("--tries", int.MaxValue) && !campaign.IsOver; i++)
    {
        torture.Try(campaign.Seed + i);
    }

    var kinds = Enum.GetValues<Disturbance>();
    Console.WriteLine($"{"command",-20}{string.Concat(kinds.Select(what => $"{what,10}"))}");
    foreach (var scenario in all)
    {
        Console.WriteLine($"{scenario.Name,-20}{string.Concat(kinds.Select(what => $"{torture.Tries.GetValueOrDefault((scenario.Name, what)),10}"))}");
    }

    return campaign.End($"{torture.Tries.Values.Sum()} disturbances");
}

// Kills the scheduled script once a minute.
int Sleep(TimeSpan time)
{
    var processes = campaign.Number("--processes", hasMpi ? 2 : 1);
    Night night = new(workshop, campaign["--script"]!, processes, campaign);
    night.Run(time);
    if (night.Effective < Night.Least)
    {
        campaign.Report($"Fewer than {Night.Least:0%} of the steps counted.");
    }

    return campaign.End($"{processes} processes, {night.Failures} failures: "
        + FormattableString.Invariant($"{night.Effective:0.0%} of {night.Counted + night.Lost} steps counted; ")
        + $"one failure cost at most {night.MaxLost} steps, with {Scenario.NightInterval} steps between checkpoints;");
}

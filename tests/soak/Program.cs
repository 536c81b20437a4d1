using TinySora.Chaos;
using TinySora.Engine.Compute.Threads;
using TinySora.Soak;

// Started by `build.sh soak`, which describes the options.
const int Steps = 500, Clips = 50, Opens = 50, Lines = 20, Brief = 20;

// Number of rounds of this process per round of two other processes that share a folder, whose start takes long.
const int RoundsAlone = 10;
using Campaign campaign = new(args, minutes: 10);
Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "1"); // such small models do not benefit from more
using GenerateCommand generate = new();
if (campaign["--beside"] is string shared)
{
    // One of two processes with the same work in one folder.
    new Load(shared, Brief, Brief, Brief, campaign.Seed, generate.Run).Round();
    return 0;
}

var folder = Directory.CreateTempSubdirectory("tinysora-soak-").FullName;
Load load = new(folder, Steps, Clips, Opens, campaign.Seed, generate.Run);
load.Begin();
List<Sample> samples = [];
var (nextLine, pairs) = (TimeSpan.Zero, 0);
Console.WriteLine($"{"minutes",8}{"steps",9}{"clips",8}{string.Concat(Sample.Parts.Select(part => $"{part.Name,12}"))}");
while (!campaign.IsOver && campaign.Findings == 0)
{
    load.Clean();
    load.Round();
    if (samples.Count % RoundsAlone == 0)
    {
        Pair(folder + "-shared", campaign.Seed + pairs++);
    }

    var sample = Sample.Take(folder, load.Steps, load.Clips);
    samples.Add(sample);
    if (campaign.Elapsed >= nextLine)
    {
        nextLine += campaign.Time / Lines;
        Console.WriteLine(FormattableString.Invariant($"{campaign.Elapsed.TotalMinutes,8:0.0}{sample.Steps,9}{sample.Clips,8}")
            + string.Concat(Sample.Parts.Select(part => $"{part.Of(sample),12}")));
    }
}

Flatness.Problems(samples).ToList().ForEach(campaign.Report);
Judge(load);
Directory.Delete(folder, recursive: true);
return campaign.End($"{load.Steps} steps, {load.Clips} clips, {samples.Count} rounds, {load.Refused} folders in use, {pairs} pairs of processes");

// Runs two processes in one folder, then the same work once more, which must complete.
void Pair(string folder, int seed)
{
    Load load = new(folder, Brief, Brief, Brief, seed, generate.Run);
    load.Begin();
    List<Child> both = [.. Enumerable.Range(0, 2).Select(_ => new Child(campaign.Rerun(("--beside", folder), ("--seed", seed))))];
    foreach (var child in both)
    {
        using (child)
        {
            if (child.Finish(Timeout.InfiniteTimeSpan) is (not 0, _) end)
            {
                campaign.Report(new Finding($"seed {seed}", $"One of two processes in a folder ended with {end.Code}: {end.Said}"));
            }
        }
    }

    load.Round();
    Judge(load);
    Directory.Delete(folder, recursive: true);
}

void Judge(Load load)
{
    if (load.Damage() is string damage)
    {
        campaign.Report(damage);
    }
}

using System.Diagnostics;
using TinySora.Simulation;

// Started by `build.sh simulate`; the options are described there.
var words = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
var seed = int.Parse(words.GetValueOrDefault("--seed", "1"));
var schedules = int.Parse(words.GetValueOrDefault("--schedules", "1000"));
var time = TimeSpan.FromMinutes(double.Parse(words.GetValueOrDefault("--minutes", "1000000")));

// In memory where the system has a place for that: writing through to a disk takes most of the time, and tells nothing here.
const string Memory = "/dev/shm";
var folder = Directory.CreateDirectory(Path.Combine(
    Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"tinysora-simulation-{Environment.ProcessId}")).FullName;
var clock = Stopwatch.StartNew();
var (findings, played, moments) = (0, 0, 0L);
for (; played < schedules && clock.Elapsed < time; played++)
{
    using World world = new(Path.Combine(folder, "world"), seed + played);
    if (world.Play() is string problem)
    {
        findings++;
        Console.WriteLine($"seed {seed + played}: {problem}");
        if (schedules == 1)
        {
            world.Story.ToList().ForEach(Console.WriteLine);
        }
    }

    moments += world.Moments;
}

Console.WriteLine(FormattableString.Invariant(
    $"{played} schedules of {moments} moments in {clock.Elapsed.TotalMinutes:0.0} minutes from seed {seed} on, {findings} findings."));
Directory.Delete(folder, recursive: true);
return findings > 0 ? 1 : 0;

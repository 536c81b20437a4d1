using System.Diagnostics;
using TinySora.Engine.Compute.Threads;
using TinySora.Soak;

// Started by `build.sh soak`; the options are described there.
const int Steps = 500, Clips = 50, Opens = 50, Lines = 20, Brief = 20;

// How many rounds of this process there are to one of two others that share a folder, whose start takes its time.
const int RoundsAlone = 10;
var words = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
var seed = int.Parse(words.GetValueOrDefault("--seed", "1"));
Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "1"); // models this small gain nothing from more
using GenerateCommand generate = new();
return words.TryGetValue("--beside", out var shared) ? Beside() : Watch();

// One of two processes that do the same in one folder.
int Beside()
{
    new Load(shared, Brief, Brief, Brief, seed, generate.Run).Round();
    return 0;
}

int Watch()
{
    var time = TimeSpan.FromMinutes(double.Parse(words.GetValueOrDefault("--minutes", "10")));
    var folder = Directory.CreateTempSubdirectory("tinysora-soak-").FullName;
    var clock = Stopwatch.StartNew();
    Load load = new(folder, Steps, Clips, Opens, seed, generate.Run);
    load.Begin();
    List<Sample> samples = [];
    List<string> problems = [];
    var (told, pairs) = (TimeSpan.Zero, 0);
    Console.WriteLine($"{"minutes",8}{"steps",9}{"clips",8}{string.Concat(Sample.Parts.Select(part => $"{part.Name,12}"))}");
    while (clock.Elapsed < time && problems.Count == 0)
    {
        load.Clean();
        load.Round();
        if (samples.Count % RoundsAlone == 0)
        {
            problems.AddRange(Pair(folder + "-shared", pairs++));
        }

        var sample = Sample.Take(folder, load.Steps, load.Clips);
        samples.Add(sample);
        if (clock.Elapsed >= told)
        {
            told += time / Lines;
            Console.WriteLine(FormattableString.Invariant($"{clock.Elapsed.TotalMinutes,8:0.0}{sample.Steps,9}{sample.Clips,8}")
                + string.Concat(Sample.Parts.Select(part => $"{part.Of(sample),12}")));
        }
    }

    problems.AddRange([.. Flatness.Problems(samples), .. new[] { load.Damage() }.OfType<string>()]);
    problems.ForEach(Console.WriteLine);
    Console.WriteLine(FormattableString.Invariant($"{load.Steps} steps and {load.Clips} clips in {samples.Count} rounds and {clock.Elapsed.TotalMinutes:0.0} minutes ")
        + $"from seed {seed}, {load.Refused} turned away from a folder in use, {pairs} pairs of processes, {problems.Count} findings.");
    Directory.Delete(folder, recursive: true);
    return problems.Count > 0 ? 1 : 0;
}

// Two processes in one folder; then the same once more, which has to come to its end.
IReadOnlyList<string> Pair(string folder, int number)
{
    Load load = new(folder, Brief, Brief, Brief, seed + number, generate.Run);
    load.Begin();
    List<Process> both = [.. Enumerable.Range(0, 2).Select(_ => Process.Start(new ProcessStartInfo(
        "dotnet", [Environment.GetCommandLineArgs()[0], "--beside", folder, "--seed", $"{seed + number}"]) { RedirectStandardError = true })!)];
    var said = both.Select(process => process.StandardError.ReadToEndAsync()).ToList();
    both.ForEach(process => process.WaitForExit());
    List<string> problems = [.. both.Zip(said).Where(pair => pair.First.ExitCode != 0).Select(pair =>
        $"One of two processes in a folder ended with {pair.First.ExitCode}, seed {seed + number}: {pair.Second.Result}")];
    both.ForEach(process => process.Dispose());
    load.Round();
    problems.AddRange(new[] { load.Damage() }.OfType<string>());
    Directory.Delete(folder, recursive: true);
    return problems;
}

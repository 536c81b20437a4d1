using System.Diagnostics;
using TinySora.Fuzz;

// Started by `build.sh fuzz`, which says where the files of the tests are and where to keep inputs; the options are described there.
Words words = new(args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]));
return words.Input is not null ? One() : args.Contains("--parent") ? Worker.Run(words) : Watch();

// Reads a file that was found.
int One()
{
    Coverage.Begin();
    var judge = new Judge(Directory.CreateTempSubdirectory("tinysora-fuzz-").FullName, words.Longest);
    var name = Path.GetFileName(words.Input)!.Split('-')[..^1];
    var problem = judge.Problem(new FuzzedFormats(words.Golden).All.Single(format => format.Name == string.Join('-', name)), File.ReadAllBytes(words.Input!));
    Console.WriteLine(problem is null ? "It is read, or refused with a clear error." : $"{problem}\n{judge.Details}");
    return problem is null ? 0 : 1;
}

// Inputs are read in a process of its own: one that dies or stands still leaves the input that it did so at.
int Watch()
{
    var clock = Stopwatch.StartNew();
    var findings = 0;
    var longest = TimeSpan.FromSeconds(60);
    for (var run = 0; clock.Elapsed < words.Time; run++)
    {
        var said = words.For(words.Seed + run, words.Time - clock.Elapsed).ToList();
        using var worker = Process.Start(new ProcessStartInfo("dotnet", [Environment.GetCommandLineArgs()[0], .. said]))!;
        var work = new DirectoryInfo(new Words(said.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1])).WorkFolder);
        var standsStill = false;
        while (!worker.WaitForExit(1000))
        {
            if (Newest(work) is FileInfo file && DateTime.UtcNow - file.LastWriteTimeUtc > longest)
            {
                standsStill = true;
                worker.Kill();
            }
        }

        if (worker.ExitCode != 0 && Newest(work) is FileInfo last)
        {
            findings++;
            var copy = Path.Combine(words.Findings, $"ended-{words.Seed + run}-{last.Name}");
            last.CopyTo(copy, overwrite: true);
            Console.WriteLine($"{(standsStill ? "stood still" : $"ended with {worker.ExitCode}")}\n  {copy}");
        }

        if (work.Exists)
        {
            work.Delete(recursive: true);
        }
    }

    var tallies = Directory.GetFiles(Path.GetDirectoryName(words.TallyOf(0))!).SelectMany(File.ReadLines)
        .Select(line => line.Split(' ')).GroupBy(line => line[0]).ToList();
    tallies.ForEach(lines => Console.WriteLine($"{lines.Key,-20}{lines.Sum(line => long.Parse(line[1])),12}{lines.Sum(line => long.Parse(line[2])),8}"));
    Console.WriteLine($"{tallies.Sum(lines => lines.Sum(line => long.Parse(line[1])))} inputs in {clock.Elapsed.TotalMinutes:0.0} minutes.");
    findings += Directory.GetFiles(words.Findings).Count(file => !Path.GetFileName(file).StartsWith("ended-", StringComparison.Ordinal));
    return findings > 0 ? 1 : 0;
}

static FileInfo? Newest(DirectoryInfo folder)
{
    folder.Refresh();
    return folder.Exists ? folder.GetFiles().MaxBy(file => file.LastWriteTimeUtc) : null;
}

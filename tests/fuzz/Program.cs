using System.Diagnostics;
using TinySora.Chaos;
using TinySora.Fuzz;

// Started by `build.sh fuzz`, which describes the options and passes the folders of the tests' files and of the kept inputs.
using Campaign campaign = new(args, minutes: 10);
FuzzedFormats formats = new(campaign["--golden"]!);
return campaign["--input"] is string input ? ReadOne(input)
    : campaign["--work"] is string folder ? new Worker(campaign, new Kept(campaign["--out"]!), folder).Run(formats)
    : Watch(new Kept(campaign["--out"]!));

// Reads a file from a finding.
int ReadOne(string input)
{
    Coverage.Begin();
    var judge = new Judge(campaign.Scratch, Worker.Longest);
    var name = Path.GetFileName(input);
    var problem = judge.Problem(formats.All.Single(format => format.Name == name[..name.LastIndexOf('-')]), File.ReadAllBytes(input));
    Console.WriteLine(problem is null ? "The file was read, or rejected with a clear error." : $"{problem}\n{judge.Details}");
    return problem is null ? 0 : 1;
}

// Inputs are read in a separate process. If it dies or hangs, its input remains.
int Watch(Kept kept)
{
    var longest = TimeSpan.FromSeconds(60);
    for (var seed = campaign.Seed; !campaign.IsOver; seed++)
    {
        var work = Directory.CreateDirectory(Path.Combine(campaign.Scratch, $"{seed}"));
        using var worker = Process.Start(campaign.Rerun(("--seed", seed), ("--minutes", (campaign.Time - campaign.Elapsed).TotalMinutes), ("--work", work.FullName)))!;
        var hangs = false;
        while (!worker.WaitForExit(1000))
        {
            if (Newest(work) is FileInfo file && DateTime.UtcNow - file.LastWriteTimeUtc > longest)
            {
                hangs = true;
                worker.Kill();
            }
        }

        if (worker.ExitCode != 0 && Newest(work) is FileInfo last)
        {
            var copy = last.CopyTo(Path.Combine(kept.Findings, $"ended-{seed}-{last.Name}"), overwrite: true);
            campaign.Report($"{(hangs ? "hung" : $"ended with {worker.ExitCode}")}\n  {copy}");
        }
    }

    // The workers have printed their own findings.
    var printed = Directory.GetFiles(kept.Findings).Count(file => !Path.GetFileName(file).StartsWith("ended-", StringComparison.Ordinal));
    var tallies = Directory.GetFiles(campaign.Scratch).SelectMany(File.ReadLines).Select(line => line.Split(' '))
        .GroupBy(line => line[0], line => (Count: long.Parse(line[1]), Kept: long.Parse(line[2]))).ToList();
    tallies.ForEach(lines => Console.WriteLine($"{lines.Key,-20}{lines.Sum(line => line.Count),12}{lines.Sum(line => line.Kept),8}"));
    return campaign.End($"{tallies.Sum(lines => lines.Sum(line => line.Count))} inputs, {printed} files with findings") + printed > 0 ? 1 : 0;
}

static FileInfo? Newest(DirectoryInfo folder) => folder.GetFiles().MaxBy(file => file.LastWriteTimeUtc);

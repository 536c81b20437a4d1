using System.Diagnostics;
using System.Text.Json.Nodes;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>
/// Runs the scheduled script of docs/runs.md again and again, kills it about once per minute of training, and measures the share of computed steps
/// that were saved.
/// </summary>
/// <param name="script">Path of examples/schedule/Train-Nightly.ps1.</param>
/// <param name="processes">Number of processes of the run.</param>
internal sealed class Night(Workshop workshop, string script, int processes, Campaign campaign)
{
    /// <summary>Minimum share of computed steps that must count.</summary>
    public const double Least = 0.97;

    private const string Results = "run", Config = "night.yaml";

    /// <summary>Range of seconds from a call's first step to its failure; one minute on average.</summary>
    private const int ShortestPeace = 30, LongestPeace = 90;

    /// <summary>Timeout, many times longer than a process needs to end when killed, or to save on SIGTERM.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Number of times that the run was killed.</summary>
    public int Failures { get; private set; }

    /// <summary>Number of steps that are saved at the end.</summary>
    public int Counted { get; private set; }

    /// <summary>Number of steps that had to be computed again.</summary>
    public int Lost { get; private set; }

    /// <summary>Maximum number of steps that one failure cost.</summary>
    public int MaxLost { get; private set; }

    /// <summary>Share of computed steps that counted.</summary>
    public double Effective => (double)Counted / Math.Max(1, Counted + Lost);

    /// <summary>Trains for a time, then stops the run with SIGTERM.</summary>
    public void Run(TimeSpan time)
    {
        Random random = new(campaign.Seed);
        workshop.Prepare(Scenario.Night);
        var clock = Stopwatch.StartNew();
        for (var isLast = false; !isLast && campaign.Findings == 0;)
        {
            using var call = Call();
            var output = call.Process.StandardOutput.ReadToEndAsync();
            // On busy cores, a start can take longer than minutes of training.
            var before = Computed();
            WaitUntil(() => Computed() != before || call.Process.HasExited);
            var peace = TimeSpan.FromSeconds(ShortestPeace + (random.NextDouble() * (LongestPeace - ShortestPeace)));
            isLast = clock.Elapsed + peace >= time;
            if (call.Process.WaitForExit(isLast ? Max(time - clock.Elapsed) : peace))
            {
                // The script's error is in its output.
                Judge(call.Process.ExitCode == 0 ? null : $"a call ended by itself with code {call.Process.ExitCode}: "
                    + $"{(output.Wait(Longest) ? output.Result : "")} {call.Error}");
                isLast &= clock.Elapsed >= time;
            }
            else if (isLast)
            {
                Signals.Send(call.Process.Id, Signals.Terminate);
                Judge(call.Process.WaitForExit(Longest) ? null : "it does not end on SIGTERM");
            }
            else
            {
                Fail(call.Process, random);
            }
        }

        Counted = Saved();
    }

    private static TimeSpan Max(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private void Fail(Process call, Random random)
    {
        Failures++;
        var family = Signals.Family(call.Id).ToList();
        var isOne = random.Next(2) == 0;
        if (isOne)
        {
            Signals.Send(family[random.Next(family.Count)], Signals.Kill);
        }
        else
        {
            Signals.Send(call, Signals.Kill);
        }

        // The remaining processes must notice and end.
        Judge(call.WaitForExit(Longest) && WaitUntil(() => !IsHeld()) ? null : "some processes do not end");
        var (computed, saved) = (Computed(), Saved());
        var lost = Math.Max(0, computed - saved);
        (Lost, MaxLost) = (Lost + lost, Math.Max(MaxLost, lost));
        Console.WriteLine(FormattableString.Invariant($"{campaign.Elapsed.TotalMinutes,6:0.0} min: killed {(isOne ? 1 : family.Count)} of {family.Count} ")
            + $"at step {computed}, saved {saved}");
        Judge(lost > Scenario.NightInterval ? $"{lost} steps were lost, more than the {Scenario.NightInterval} between checkpoints" : null);
        Judge(Tree.Damaged(workshop.Folder).Select(file => $"{file} is incomplete").FirstOrDefault());
    }

    private void Judge(string? wrong)
    {
        if (wrong is not null)
        {
            campaign.Report(new Finding($"after {Failures} failures", wrong));
        }
    }

    private Child Call()
    {
        // The module is already imported, and cannot be found by name.
        var call = workshop.Start(
            $"function Import-Module {{}}; & '{script}' -Config {Config} -DataPath clips -ResultsPath {Results} -Hours 00:00-23:59:59"
            + $"{(processes > 1 ? $" -Processes {processes}" : "")}; exit $LASTEXITCODE");
        call.Process.StandardInput.Close();
        return call;
    }

    private static bool WaitUntil(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            if (clock.Elapsed > Longest)
            {
                return false;
            }

            Thread.Sleep(Pause);
        }

        return true;
    }

    /// <summary>Whether a process of the run has locked its folder.</summary>
    private bool IsHeld()
    {
        try
        {
            new FileStream(At(".lock"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose();
            return false;
        }
        catch (IOException e)
        {
            return e is not (FileNotFoundException or DirectoryNotFoundException);
        }
    }

    /// <summary>Returns the last logged step; each step is logged.</summary>
    private int Computed() => File.Exists(At("metrics.jsonl")) ? File.ReadLines(At("metrics.jsonl")).Select(StepOf).DefaultIfEmpty().Max() : 0;

    /// <summary>Returns the step in a line; 0 if the line is incomplete.</summary>
    private static int StepOf(string line)
    {
        try
        {
            return (int?)JsonNode.Parse(line)?["step"] ?? 0;
        }
        catch (System.Text.Json.JsonException)
        {
            return 0;
        }
    }

    private int Saved() => Directory.Exists(At(""))
        ? Directory.GetFiles(At(""), "step-*.safetensors").Select(Path.GetFileNameWithoutExtension).Select(name => int.Parse(name!["step-".Length..]))
            .DefaultIfEmpty().Max()
        : 0;

    private string At(string name) => Path.Combine(workshop.Folder, Results, name);
}

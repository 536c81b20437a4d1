using System.Diagnostics;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Disturbs commands in separate processes at random moments, and then runs the same command again to its end.</summary>
internal sealed class Torture(Workshop workshop, IReadOnlyList<Scenario> scenarios, Campaign campaign)
{
    /// <summary>Maximum number of disturbances of a command.</summary>
    private const int MaxDisturbances = 3;

    /// <summary>Timeout, many times longer than the slowest command.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly Disturbance[] All = Enum.GetValues<Disturbance>();

    private readonly Dictionary<string, (SortedDictionary<string, string> Files, TimeSpan Time)> references = [];

    /// <summary>Number of trials by command and disturbance.</summary>
    public SortedDictionary<(string Command, Disturbance What), int> Tries { get; } = [];

    /// <summary>Runs one trial, which depends only on its seed.</summary>
    public void Try(int seed)
    {
        Random random = new(seed);
        var scenario = scenarios[random.Next(scenarios.Count)];
        var reference = Reference(scenario);
        workshop.Reset(scenario);
        var count = random.Next(1, MaxDisturbances + 1);
        List<string> story = [];
        string? wrong = null;
        for (var i = 0; i < count && wrong is null; i++)
        {
            var what = All[random.Next(All.Length)];
            Tries[(scenario.Name, what)] = Tries.GetValueOrDefault((scenario.Name, what)) + 1;
            wrong = Disturb(scenario, what, reference.Time * random.NextDouble(), random, story)
                ?? Tree.Damaged(workshop.Folder).Select(file => $"{file} is incomplete").FirstOrDefault();
        }

        wrong ??= End(scenario, reference.Files);
        if (wrong is not null)
        {
            campaign.Report(new Finding($"seed {seed}, {scenario.Name}: {string.Join(", then ", story)}", wrong));
        }
    }

    /// <summary>Returns the files and the time of the undisturbed command.</summary>
    private (SortedDictionary<string, string> Files, TimeSpan Time) Reference(Scenario scenario)
    {
        if (!references.TryGetValue(scenario.Name, out var reference))
        {
            workshop.Prepare(scenario);
            workshop.Reset(scenario);
            var clock = Stopwatch.StartNew();
            var (code, output) = Run(scenario);
            if (code != 0)
            {
                throw new InvalidOperationException($"{scenario.Name} fails without a disturbance: {output}");
            }

            references[scenario.Name] = reference = (Tree.Read(workshop.Folder), clock.Elapsed);
        }

        return reference;
    }

    /// <returns>The problem; <c>null</c> for none.</returns>
    private string? Disturb(Scenario scenario, Disturbance what, TimeSpan moment, Random random, List<string> story)
    {
        using var child = workshop.Start(scenario.Line);
        child.Process.WaitForExit(moment);
        what.Befall(child.Process, workshop.Layer, random);
        var (code, output) = child.Finish(Longest);
        workshop.Layer.Clock = TimeSpan.Zero;
        story.Add(FormattableString.Invariant($"{what} after {moment.TotalSeconds:0.00} s (code {code})"));
        return BreaksUnasked(what, output) || output.Contains("TinySora.Internal", StringComparison.Ordinal) || (what.MustGoOn() && code != 0)
                || (!what.MayBreak() && code is null or >= 131 and not (128 + Signals.Terminate))
            ? $"ended with {code}: {output}"
            : code is null ? $"hung for {Longest.TotalMinutes:0} minutes" : null;
    }

    /// <summary>Whether an unhandled exception ended the process; without memory, PowerShell's own start may fail so.</summary>
    private static bool BreaksUnasked(Disturbance what, string output) =>
        output.Contains("Unhandled exception", StringComparison.Ordinal) && (what != Disturbance.Memory || output.Contains("at TinySora.", StringComparison.Ordinal));

    /// <returns>The problem at the end; <c>null</c> for none.</returns>
    private string? End(Scenario scenario, SortedDictionary<string, string> should)
    {
        var (code, output) = Run(scenario);
        return code != 0 ? $"the same command does not resume, code {code}: {output}"
            : Tree.Difference(Tree.Read(workshop.Folder), should) is string difference ? $"the result differs from the undisturbed one: {difference}"
            : null;
    }

    private (int? Code, string Said) Run(Scenario scenario)
    {
        using var child = workshop.Start(scenario.Line);
        return child.Finish(Longest);
    }
}

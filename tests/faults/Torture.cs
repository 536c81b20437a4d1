using System.Diagnostics;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Disturbs commands in processes of their own at random moments, and runs the same line again until it comes to its end.</summary>
internal sealed class Torture(Workshop workshop, IReadOnlyList<Scenario> scenarios, Campaign campaign)
{
    /// <summary>The most disturbances before a command is left alone.</summary>
    private const int MostDisturbances = 3;

    /// <summary>Many times what the slowest command takes.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly Disturbance[] All = Enum.GetValues<Disturbance>();

    private readonly Dictionary<string, (SortedDictionary<string, string> Files, TimeSpan Time)> references = [];

    /// <summary>Tries by command and disturbance.</summary>
    public SortedDictionary<(string Command, Disturbance What), int> Tries { get; } = [];

    /// <summary>One try, which follows from its seed alone.</summary>
    public void Try(int seed)
    {
        Random random = new(seed);
        var scenario = scenarios[random.Next(scenarios.Count)];
        var reference = Reference(scenario);
        workshop.Reset(scenario);
        var count = random.Next(1, MostDisturbances + 1);
        List<string> story = [];
        string? wrong = null;
        for (var i = 0; i < count && wrong is null; i++)
        {
            var what = All[random.Next(All.Length)];
            Tries[(scenario.Name, what)] = Tries.GetValueOrDefault((scenario.Name, what)) + 1;
            wrong = Disturb(scenario, what, reference.Time * random.NextDouble(), random, story)
                ?? Tree.Damaged(workshop.Folder).Select(file => $"{file} is not whole").FirstOrDefault();
        }

        wrong ??= End(scenario, reference.Files);
        if (wrong is not null)
        {
            campaign.Report(new Finding($"seed {seed}, {scenario.Name}: {string.Join(", then ", story)}", wrong));
        }
    }

    /// <summary>What the undisturbed command leaves, and how long it takes.</summary>
    private (SortedDictionary<string, string> Files, TimeSpan Time) Reference(Scenario scenario)
    {
        if (!references.TryGetValue(scenario.Name, out var reference))
        {
            workshop.Prepare(scenario);
            workshop.Reset(scenario);
            var clock = Stopwatch.StartNew();
            var (code, said) = Run(scenario);
            if (code != 0)
            {
                throw new InvalidOperationException($"{scenario.Name} fails without being disturbed: {said}");
            }

            references[scenario.Name] = reference = (Tree.Read(workshop.Folder), clock.Elapsed);
        }

        return reference;
    }

    /// <returns>What was wrong; null: nothing.</returns>
    private string? Disturb(Scenario scenario, Disturbance what, TimeSpan moment, Random random, List<string> story)
    {
        using var child = workshop.Start(scenario.Line);
        child.Process.WaitForExit(moment);
        what.Befall(child.Process, workshop.Layer, random);
        var (code, said) = child.Finish(Longest);
        workshop.Layer.Clock = TimeSpan.Zero;
        story.Add(FormattableString.Invariant($"{what} after {moment.TotalSeconds:0.00} s (code {code})"));
        return BreaksUnasked(what, said) || said.Contains("TinySora.Internal", StringComparison.Ordinal) || (what.MustGoOn() && code != 0)
                || (!what.MayBreak() && code is null or >= 131 and not (128 + Signals.Terminate))
            ? $"ended with {code}: {said}"
            : code is null ? $"stood still for {Longest.TotalMinutes:0} minutes" : null;
    }

    /// <summary>Whether an error ended the process that nobody caught: without memory PowerShell's own start may.</summary>
    private static bool BreaksUnasked(Disturbance what, string said) =>
        said.Contains("Unhandled exception", StringComparison.Ordinal) && (what != Disturbance.Memory || said.Contains("at TinySora.", StringComparison.Ordinal));

    /// <returns>What is wrong at the end; null: nothing.</returns>
    private string? End(Scenario scenario, SortedDictionary<string, string> should)
    {
        var (code, said) = Run(scenario);
        return code != 0 ? $"the same line does not go on, code {code}: {said}"
            : Tree.Difference(Tree.Read(workshop.Folder), should) is string difference ? $"it does not end as undisturbed: {difference}"
            : null;
    }

    private (int? Code, string Said) Run(Scenario scenario)
    {
        using var child = workshop.Start(scenario.Line);
        return child.Finish(Longest);
    }
}

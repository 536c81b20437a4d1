using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using static System.FormattableString;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Chooses of the presets that a request offers the one that promises most in the time of the run, by what a step of each takes on this machine. A run
/// that is continued keeps what was chosen when it began.
/// </summary>
public static class PresetChoice
{
    private const int MostSteps = 10;

    /// <summary>The share of the run's time that measuring may take.</summary>
    private const double MeasuringShare = 0.05;

    /// <summary>The share of the run's time for which steps of each preset are measured at least: a few say little on a busy machine.</summary>
    private const double LeastShare = 0.01;

    /// <summary>The most such time in seconds.</summary>
    private const double MostSeconds = 1;

    /// <summary>The request with the preset chosen, and what is to be said of the choice; null: there was none.</summary>
    /// <exception cref="TinySoraException">BudgetTooShort, and what measuring throws.</exception>
    public static (TrainingRequest Request, string? Told) Make(TrainingRequest request, ITrainingObserver? observer, CancellationToken cancellation)
    {
        request = Resumed(request);
        return request.Offers is null ? (request, null) : EngineThread.Run(() =>
        {
            var clock = Stopwatch.StartNew();
            var device = DeviceChoice.Resolve(request.Device);
            var total = TimeSpan.FromMinutes(request.Offers[0].Config.Trainer.TrainMinutes!.Value);
            var least = TimeSpan.FromSeconds(Math.Min(MostSeconds, LeastShare * total.TotalSeconds));
            var costs = new Dictionary<string, TrainingCost>();

            // Each takes about as long as the last: one more that would not fit into the share is not begun.
            foreach (var offer in request.Offers.TakeWhile(_ => costs.Count == 0 || clock.Elapsed * (costs.Count + 1) / costs.Count < MeasuringShare * total))
            {
                observer?.Starting($"measuring a few steps of {offer.Name}");
                var steps = Math.Clamp((int)total.TotalMinutes, 1, MostSteps);

                // Never reckoned from forward passes: which preset learns more turns on a third of a step.
                costs[offer.Name] = TrainingMeter.Measure(
                    offer.Config, offer.Name, device, steps, MemoryUse.Free(device), cancellation, patience: null, request.DataFolder, least);
            }

            return Chosen(request, costs, clock.Elapsed);
        });
    }

    /// <summary>Whether a request continues a run, which keeps its preset.</summary>
    public static bool IsResumed(TrainingRequest request) => NewestOf(request) is not null;

    /// <summary>The request with the preset of its run, if it is one that is continued; else as it is.</summary>
    internal static TrainingRequest Resumed(TrainingRequest request)
    {
        if (request.Offers is null || NewestOf(request) is not CheckpointInfo newest)
        {
            return request;
        }

        // Where none is the run's, the nearest tells in the error what differs.
        var stored = ConfigFile.ParseStored(newest.ConfigYaml, newest.Path);
        var nearest = request.Offers.OrderBy(offer => offer.Config.Family.Name != stored.Family.Name)
            .ThenBy(offer => ConfigFile.Compare(stored, (request with { Config = offer.Config }).Seeded).Count).First();
        return Taken(request, nearest, stored.Trainer.TrainNumSteps);
    }

    /// <summary>Makes the choice, and tells of it.</summary>
    /// <inheritdoc cref="Make"/>
    internal static TrainingRequest Settled(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        var (settled, told) = Make(request, observer, cancellation);
        if (told is not null)
        {
            observer.Announce(told);
        }

        return settled;
    }

    /// <param name="costs">What the steps of each preset take that was measured.</param>
    /// <param name="spent">Time of the run that is over.</param>
    internal static (TrainingRequest Request, string Told) Chosen(
        TrainingRequest request, IReadOnlyDictionary<string, TrainingCost> costs, TimeSpan spent)
    {
        var offers = request.Offers!.Where(offer => costs.ContainsKey(offer.Name)).ToDictionary(offer => offer.Tried);
        var seconds = offers.Where(offer => costs[offer.Value.Name] is { Fits: true, SecondsPerStep: not null })
            .Select(offer => (Preset: offer.Key, SecondsPerStep: costs[offer.Value.Name].SecondsPerStep!.Value)).ToList();
        var total = TimeSpan.FromMinutes(request.Offers![0].Config.Trainer.TrainMinutes!.Value);
        if (seconds.Count == 0)
        {
            throw TrainingErrors.NothingFits(costs.Keys);
        }

        var (preset, steps) = TriedPreset.Best(seconds, total - spent);
        if (steps < TriedPreset.FewestSteps)
        {
            var needed = spent + (seconds.Min(cost => cost.SecondsPerStep) * TimeSpan.FromSeconds(TriedPreset.FewestSteps));
            throw TrainingErrors.BudgetTooShort(total, needed);
        }

        var trainer = offers[preset].Config.Trainer;
        var unmeasured = string.Join(", ", request.Offers!.Select(offer => offer.Name).Where(name => !costs.ContainsKey(name)));
        string[] measured =
        [
            Invariant($"{seconds.First(cost => cost.Preset == preset).SecondsPerStep:0.000} s a step"),
            string.Join(", ", seconds.Where(other => other.Preset != preset).Select(other => Invariant($"{other.Preset.Name} {other.SecondsPerStep:0.000} s"))),
            unmeasured.Length > 0 ? $"no time to measure {unmeasured}" : "",
        ];
        var begins = preset.Start is not null ? $"The bundled model, {preset.Start}, is fine-tuned for"
            : preset.IsForVideos ? $"The captions are not of the shapes world, so preset {preset.Name} is trained for"
            : $"Preset {preset.Name} promises most in";
        var needs = seconds.Select(cost => cost.Preset.StepsToLearn() * cost.SecondsPerStep).Min();
        string[] told =
        [
            Invariant($"{begins} {Durations.Text(total)}: about {steps:0} steps of {trainer.ExamplesPerStep} clips at a rate of {trainer.TrainLr} ")
                + $"({string.Join("; ", measured.Where(text => text.Length > 0))}).",
            Worth(preset, steps, needs is double time ? spent + TimeSpan.FromSeconds(time) : null),
            request.LeftOut ?? "",
        ];
        return (Taken(request, offers[preset], (int)steps), string.Join(' ', told.Where(text => text.Length > 0)));
    }

    /// <summary>The newest checkpoint of the run that a request continues; null: it continues none.</summary>
    private static CheckpointInfo? NewestOf(TrainingRequest request) =>
        request.Force || !Directory.Exists(request.Folder) ? null : CheckpointStore.NewestReadable(request.Folder);

    /// <summary>What so many steps are worth, and how much time what they lack needs.</summary>
    /// <param name="needed">The shortest time in which all is learned; null: not known.</param>
    private static string Worth(TriedPreset preset, double steps, TimeSpan? needed)
    {
        var aspects = preset.After(steps).Aspects.OrderByDescending(aspect => aspect.Percent).ToLookup(
            aspect => aspect.Percent >= TriedPreset.Learned, aspect => Invariant($"{aspect.Name} ({aspect.Percent:0} %)"));
        var (learned, lacking) = (string.Join(", ", aspects[true]), string.Join(", ", aspects[false]));
        var more = needed is TimeSpan time ? $": -Budget {Math.Ceiling(time.TotalMinutes)}min" : "";
        return (preset.IsForVideos ? "In a test with eight videos that brought "
                : preset.Start is null ? "In the shapes world that brings " : "That teaches it new words: ")
            + (lacking.Length == 0 ? $"{learned}." : $"{(learned.Length == 0 ? "no aspect yet" : learned)}; {lacking} take longer{more}.");
    }

    /// <param name="steps">What the run will probably take.</param>
    private static TrainingRequest Taken(TrainingRequest request, OfferedPreset offer, TrainingSpan steps) => request with
    {
        Offers = null, LeftOut = null, Config = offer.Config with { Trainer = offer.Config.Trainer with { TrainNumSteps = steps } },
        InitialCheckpoint = offer.InitialCheckpoint ?? request.InitialCheckpoint,
    };
}

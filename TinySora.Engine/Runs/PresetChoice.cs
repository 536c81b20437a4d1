using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using static System.FormattableString;

namespace TinySora.Engine.Runs;

/// <summary>
/// Chooses of the presets that a request offers the one that promises most in the time of the run, by what a step of each takes on this machine. A run
/// that is continued keeps what was chosen when it began.
/// </summary>
public static class PresetChoice
{
    private const int FewestSteps = 3;
    private const int MostSteps = 10;

    /// <summary>The request with the preset chosen, and what is to be said of the choice; null: there was none.</summary>
    /// <exception cref="TinySoraException">BudgetTooShort, and what measuring throws.</exception>
    public static (TrainingRequest Request, string? Told) Make(TrainingRequest request, ITrainingObserver? observer, CancellationToken cancellation)
    {
        request = Resumed(request);
        return request.Offers is null ? (request, null) : EngineThread.Run(() =>
        {
            var clock = Stopwatch.StartNew();
            var device = DeviceChoice.Resolve(request.Device);
            var costs = new Dictionary<string, TrainingCost>();
            foreach (var offer in request.Offers)
            {
                observer?.Starting($"measuring a few steps of {offer.Name}");
                var steps = Math.Clamp((int)offer.Config.Trainer.TrainMinutes!.Value, FewestSteps, MostSteps);

                // Never reckoned from forward passes: which preset learns more turns on a third of a step.
                costs[offer.Name] = TrainingMeter.Measure(
                    offer.Config, offer.Name, device, steps, MemoryUse.Free(device), cancellation, patience: null, request.DataFolder);
            }

            return Chosen(request, costs, clock.Elapsed);
        });
    }

    /// <summary>The request with the preset of its run, if it is one that is continued; else as it is.</summary>
    internal static TrainingRequest Resumed(TrainingRequest request)
    {
        if (request.Offers is null || request.Force || !Directory.Exists(request.Folder)
            || CheckpointStore.NewestReadable(request.Folder) is not CheckpointInfo newest)
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

    /// <param name="costs">What the steps of each preset take.</param>
    /// <param name="spent">Time of the run that is over.</param>
    internal static (TrainingRequest Request, string Told) Chosen(
        TrainingRequest request, IReadOnlyDictionary<string, TrainingCost> costs, TimeSpan spent)
    {
        var seconds = costs.Where(cost => cost.Value is { Fits: true, SecondsPerStep: not null })
            .ToDictionary(cost => cost.Key, cost => cost.Value.SecondsPerStep!.Value);
        var total = TimeSpan.FromMinutes(request.Offers![0].Config.Trainer.TrainMinutes!.Value);
        if (seconds.Count == 0)
        {
            throw TrainingErrors.NothingFits(costs.Keys);
        }

        var (preset, steps) = TriedPreset.Best(seconds, total - spent);
        if (steps < TriedPreset.FewestSteps)
        {
            var needed = spent + (seconds.Values.Min() * TimeSpan.FromSeconds(TriedPreset.FewestSteps));
            throw TrainingErrors.BudgetTooShort(total, needed);
        }

        var offer = request.Offers!.First(offer => offer.Name == preset.Name);
        var trainer = offer.Config.Trainer;
        string[] measured =
        [
            Invariant($"{seconds[preset.Name]:0.000} s a step"),
            string.Join(", ", seconds.Where(other => other.Key != preset.Name).Select(other => Invariant($"{other.Key} {other.Value:0.000} s"))),
        ];
        var told = Invariant($"Preset {preset.Name} promises most in {Durations.Text(total)}: about {steps:0} steps of {trainer.ExamplesPerStep} clips ")
            + Invariant($"at a rate of {trainer.TrainLr} ({string.Join("; ", measured.Where(text => text.Length > 0))}).")
            + (request.LeftOut is null ? "" : $" {request.LeftOut}");
        return (Taken(request, offer, (int)steps), told);
    }

    /// <param name="steps">What the run will probably take.</param>
    private static TrainingRequest Taken(TrainingRequest request, OfferedPreset offer, TrainingSpan steps) => request with
    {
        Offers = null, LeftOut = null, Config = offer.Config with { Trainer = offer.Config.Trainer with { TrainNumSteps = steps } },
    };
}

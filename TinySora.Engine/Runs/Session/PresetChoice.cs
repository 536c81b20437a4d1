using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using static System.FormattableString;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Chooses the preset that is most promising for a run's time budget. It measures training steps of each offered preset on this machine. A resumed run
/// keeps its preset.
/// </summary>
public static class PresetChoice
{
    private const int MaxSteps = 10;

    /// <summary>Maximum fraction of the run's time that measuring all presets may take.</summary>
    private const double MeasuringShare = 0.05;

    /// <summary>Minimum fraction of the run's time for which each preset is measured, because a few steps are unreliable on a busy machine.</summary>
    private const double MinShare = 0.01;

    /// <summary>Upper limit, in seconds, of the minimum time for which each preset is measured.</summary>
    private const double MaxSeconds = 1;

    /// <summary>Returns the request with the chosen preset, and a text that explains the choice; the text is <c>null</c> if there was no choice.</summary>
    /// <exception cref="TinySoraException">BudgetTooShort, and errors in measuring.</exception>
    public static (TrainingRequest Request, string? Message) Make(TrainingRequest request, ITrainingObserver? observer, CancellationToken cancellation)
    {
        request = Resumed(request);
        return request.Offers is null ? (request, null) : EngineThread.Run(() =>
        {
            var clock = Stopwatch.StartNew();
            var device = DeviceChoice.Resolve(request.Device);
            var total = TimeSpan.FromMinutes(request.Offers[0].Config.Trainer.TrainMinutes!.Value);
            var least = TimeSpan.FromSeconds(Math.Min(MaxSeconds, MinShare * total.TotalSeconds));
            var costs = new Dictionary<string, TrainingCost>();

            // All presets take about the same time to measure; stop before a preset that would exceed the maximum.
            foreach (var offer in request.Offers.TakeWhile(_ => costs.Count == 0 || clock.Elapsed * (costs.Count + 1) / costs.Count < MeasuringShare * total))
            {
                observer?.Starting($"measuring a few steps of {offer.Name}");
                var steps = Math.Clamp((int)total.TotalMinutes, 1, MaxSteps);

                // Never estimate from forward passes, because an error of a third of a step's time can change which preset learns more.
                costs[offer.Name] = TrainingMeter.Measure(
                    offer.Config, offer.Name, device, steps, MemoryUse.GetFreeBytes(device), cancellation, patience: null, request.DataFolder, least);
            }

            return Chosen(request, costs, clock.Elapsed);
        });
    }

    /// <summary>Returns whether a request resumes a run, which keeps its preset.</summary>
    public static bool IsResumed(TrainingRequest request) => NewestOf(request) is not null;

    /// <summary>Checks that the run that a request resumes is the requested one; does nothing if the request does not resume a run.</summary>
    /// <param name="data">The requested <c>training_data_dir</c>; <c>null</c> to resume a run on any clips.</param>
    /// <param name="fromScratch">Whether the run must not have started from a bundled model.</param>
    /// <exception cref="TinySoraException">OtherBudgetRun.</exception>
    public static void CheckResumed(TrainingRequest request, string? data, bool fromScratch)
    {
        if (NearestOf(request) is not var (stored, nearest))
        {
            return;
        }

        if (data is not null && !PathComparer.Of.Equals(stored.TrainingDataDir, data))
        {
            throw TrainingErrors.OtherBudgetRun(request.Folder, $"trains on the clips in '{stored.TrainingDataDir}'");
        }

        if (fromScratch && nearest.InitialCheckpoint is string model)
        {
            throw TrainingErrors.OtherBudgetRun(request.Folder, $"fine-tunes the model {Path.GetFileNameWithoutExtension(model)}");
        }
    }

    /// <summary>Returns the request with the preset of the run that it resumes, or unchanged if it does not resume a run.</summary>
    internal static TrainingRequest Resumed(TrainingRequest request) =>
        NearestOf(request) is var (stored, nearest)
            ? Taken(request, nearest, stored.Trainer.TrainNumSteps) with { InitialCheckpoint = request.InitialCheckpoint } : request;

    /// <summary>Chooses a preset and reports the choice to the user.</summary>
    /// <inheritdoc cref="Make"/>
    internal static TrainingRequest Settled(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        var (settled, message) = Make(request, observer, cancellation);
        if (message is not null)
        {
            observer.Announce(message);
        }

        return settled;
    }

    /// <param name="costs">Cost of a step for each measured preset.</param>
    /// <param name="spent">Part of the time budget that measuring has already used.</param>
    internal static (TrainingRequest Request, string Message) Chosen(
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

        var (preset, steps) = MeasuredPreset.Best(seconds, total - spent);
        if (steps < MeasuredPreset.MinSteps)
        {
            var needed = spent + (seconds.Min(cost => cost.SecondsPerStep) * TimeSpan.FromSeconds(MeasuredPreset.MinSteps));
            throw TrainingErrors.BudgetTooShort(total, needed);
        }

        var trainer = offers[preset].Config.Trainer;
        var unmeasured = string.Join(", ", request.Offers!.Select(offer => offer.Name).Where(name => !costs.ContainsKey(name)));
        string[] measured =
        [
            Invariant($"{seconds.First(cost => cost.Preset == preset).SecondsPerStep:0.000} s per step"),
            string.Join(", ", seconds.Where(other => other.Preset != preset).Select(other => Invariant($"{other.Preset.Name} {other.SecondsPerStep:0.000} s"))),
            unmeasured.Length > 0 ? $"no time to measure {unmeasured}" : "",
        ];
        var begins = preset.Start is not null ? $"The bundled model {preset.Start} is fine-tuned for"
            : preset.World == ClipWorld.Other ? $"The captions are not from the shapes world, so preset {preset.Name} is trained for"
            : $"Preset {preset.Name} is the most promising for";
        var needs = seconds.Select(cost => cost.Preset.StepsToLearn() * cost.SecondsPerStep).Min();
        string[] message =
        [
            Invariant($"{begins} {Durations.Text(total)}: about {steps:0} steps of {trainer.ExamplesPerStep} clips at a learning rate of {trainer.TrainLr} ")
                + $"({string.Join("; ", measured.Where(text => text.Length > 0))}).",
            Worth(preset, steps, needs is double time ? spent + TimeSpan.FromSeconds(time) : null),
            request.LeftOut ?? "",
        ];
        return (Taken(request, offers[preset], (int)steps), string.Join(' ', message.Where(text => text.Length > 0)));
    }

    /// <summary>Returns the newest checkpoint of the run that a request resumes; <c>null</c> if the request does not resume a run.</summary>
    private static CheckpointInfo? NewestOf(TrainingRequest request) =>
        request.Force || !Directory.Exists(request.Folder) ? null : CheckpointStore.NewestReadable(request.Folder);

    /// <summary>
    /// Returns the configuration of the run that a request resumes, and the most similar offer; <c>null</c> if the request does not resume a run. If no offer
    /// matches the run, the error shows the differences from the most similar one.
    /// </summary>
    private static (RunConfig Stored, OfferedPreset Nearest)? NearestOf(TrainingRequest request)
    {
        if (request.Offers is null || NewestOf(request) is not CheckpointInfo newest)
        {
            return null;
        }

        var stored = ConfigFile.ParseStored(newest.ConfigYaml, newest.Path);
        return (stored, request.Offers.OrderBy(offer => offer.Config.Family.Name != stored.Family.Name)
            .ThenBy(offer => ConfigFile.Compare(stored, (request with { Config = offer.Config }).Seeded).Count).First());
    }

    /// <summary>Describes the expected percentages of correct clips after a number of steps, and the time needed to learn everything.</summary>
    /// <param name="needed">Shortest time to learn everything; <c>null</c> if unknown.</param>
    private static string Worth(MeasuredPreset preset, double steps, TimeSpan? needed)
    {
        var expected = preset.Predict(steps);
        var percentages = string.Join(", ", expected.Aspects.Select(aspect => Invariant($"{aspect.Name} {aspect.Percent:0} %")));
        var where = preset.World == ClipWorld.Other ? "Correct clips in a test with eight videos"
            : preset.Start is null ? "Expected correct clips in the shapes world" : "Expected correct clips for words that are new to the model";
        var more = expected.Least < MeasuredPreset.LearnedPercent && needed is TimeSpan time
            ? Invariant($"; with -Budget {Math.Ceiling(time.TotalMinutes)}min, at least {MeasuredPreset.LearnedPercent} % each") : "";
        return $"{where}: {percentages}{more}.";
    }

    /// <param name="steps">Expected number of steps.</param>
    private static TrainingRequest Taken(TrainingRequest request, OfferedPreset offer, TrainingSpan steps) => request with
    {
        Offers = null, LeftOut = null, Config = offer.Config with { Trainer = offer.Config.Trainer with { TrainNumSteps = steps } },
        InitialCheckpoint = offer.InitialCheckpoint ?? request.InitialCheckpoint,
    };
}

using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Trains a few steps without interruption, trains them again with a stop and a resumption in between, and compares the results. Both runs use the user's
/// configuration and data, but write to temporary folders.
/// </summary>
public static class ResumeCheck
{
    /// <param name="request">The training request; its folder and limits are ignored.</param>
    /// <param name="config">Name of the configuration file or preset, for the result.</param>
    /// <param name="stopAt">Number of steps after which one run is stopped.</param>
    /// <exception cref="TinySoraException">BadStop, and those of a <see cref="TrainingSession"/>.</exception>
    /// <exception cref="OperationCanceledException">Canceled before the comparison was complete.</exception>
    public static ResumeVerdict Run(
        TrainingRequest request, string config, int steps, int stopAt, ITrainingObserver observer, CancellationToken cancellation)
    {
        if (stopAt < 1 || stopAt >= steps)
        {
            throw TrainingErrors.BadStop(stopAt, steps);
        }

        var clock = Stopwatch.StartNew();
        using var folder = PrivateTempFolder.Create("resume");
        var (threads, requested) = (EngineThread.ThreadCount(), EngineThread.FixedThreads);
        try
        {
            EngineThread.FixedThreads = threads;
            var trainer = request.Seeded.Trainer;
            var common = request with
            {
                // Both runs start averaging at the second step, regardless of the configuration, and use the same seed.
                Config = request.Config with
                {
                    Trainer = trainer with
                    {
                        Seed = trainer.Seed ?? 0, TrainMinutes = null, StepStartEma = 1, UpdateEmaEvery = 1, SaveModelEvery = int.MaxValue,
                        SampleEvery = 0, SampleAt = [], Tensorboard = false, EarlyStoppingPatience = null,
                    },
                },
                MaxMinutes = null, Until = new TrainingGoal(), Hours = null, Resume = false, FromStep = null, Force = false,
            };
            var straight = Train("straight", steps);
            Train("stopped", stopAt);
            var resumed = Train("stopped", steps);
            var (tensors, different, first) = Compare(straight, resumed);
            return new ResumeVerdict
            {
                Config = config, Steps = steps, StoppedAt = stopAt, Tensors = tensors, DifferentTensors = different, FirstDifference = first,
                Device = DeviceChoice.Resolve(request.Device).ToString(), Threads = threads, Elapsed = clock.Elapsed,
            };

            string Train(string name, int last)
            {
                // Use separate parent folders, because files that a run keeps next to its results would affect the other run.
                var results = Path.Combine(folder.Path, name, "run");
                var result = TrainingSession.Run(common with { ResultsPath = results, MaxSteps = last }, observer, cancellation);
                cancellation.ThrowIfCancellationRequested();
                return result.Step == last ? result.Checkpoint : throw new OperationCanceledException();
            }
        }
        finally
        {
            EngineThread.FixedThreads = requested;
        }
    }

    /// <summary>Compares all tensors of two checkpoints.</summary>
    /// <returns>The number of tensors, the number of tensors that differ, and a description of the first difference.</returns>
    internal static (int Tensors, int Different, string? First) Compare(string straight, string resumed) => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var a = SafetensorsFile.Open(straight);
        using var b = SafetensorsFile.Open(resumed);
        var names = a.Entries.Keys.Union(b.Entries.Keys).Order(StringComparer.Ordinal).ToList();
        var different = names.Select(name => (Name: name, What: Difference(name))).Where(item => item.What is not null).ToList();
        return (names.Count, different.Count, different.Count == 0 ? null : $"{different[0].Name}: {different[0].What}");

        string? Difference(string name)
        {
            if (!a.Entries.ContainsKey(name) || !b.Entries.ContainsKey(name))
            {
                return "exists in only one of the runs";
            }

            using var inner = NewDisposeScope();
            var (one, other) = (a.Read(name), b.Read(name));
            if (one.bytes.SequenceEqual(other.bytes))
            {
                return null;
            }

            if (!one.shape.SequenceEqual(other.shape))
            {
                return "the shapes differ";
            }

            var distance = (one.to(float64) - other.to(float64)).abs();
            return FormattableString.Invariant(
                $"{distance.ne(0).sum().ToInt64()} of {one.numel()} values differ, by at most {distance.max().ToDouble():0.0e0}");
        }
    });
}

/// <summary>Result of checking whether a stopped and resumed run equals an uninterrupted run, bit for bit.</summary>
public sealed record ResumeVerdict
{
    /// <summary>Configuration file or preset.</summary>
    public required string Config { get; init; }

    /// <summary>Number of optimizer steps in each run.</summary>
    public required int Steps { get; init; }

    /// <summary>Number of steps after which one run was stopped.</summary>
    public required int StoppedAt { get; init; }

    /// <summary>Whether weights, averaged weights and optimizer state are identical.</summary>
    public bool Equal => DifferentTensors == 0;

    /// <summary>Number of compared tensors.</summary>
    public required int Tensors { get; init; }

    public required int DifferentTensors { get; init; }

    /// <summary>Name of the first tensor that differs, and the difference; <c>null</c> if all tensors are equal.</summary>
    public string? FirstDifference { get; init; }

    public required string Device { get; init; }

    /// <summary>Number of CPU threads that all steps used.</summary>
    public required int Threads { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Returns the result on one line.</summary>
    public override string ToString() => $"{Config}: {(Equal ? "identical" : FirstDifference)}";
}

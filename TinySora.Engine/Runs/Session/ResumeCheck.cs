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
/// Trains a few steps straight, and again with a stop between them, and compares what both leave: the runs that a user would have, with the
/// user's configuration and data, in a folder that goes away.
/// </summary>
public static class ResumeCheck
{
    /// <param name="request">Where and until when it trains is passed over.</param>
    /// <param name="config">The configuration's name.</param>
    /// <param name="stopAt">Steps after which one run is stopped.</param>
    /// <exception cref="TinySoraException">BadStop, and those of a <see cref="TrainingSession"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before there was a verdict.</exception>
    public static ResumeVerdict Run(
        TrainingRequest request, string config, int steps, int stopAt, ITrainingObserver observer, CancellationToken cancellation)
    {
        if (stopAt < 1 || stopAt >= steps)
        {
            throw TrainingErrors.BadStop(stopAt, steps);
        }

        var clock = Stopwatch.StartNew();
        using var folder = OwnFolder.Create("resume");
        var (threads, asked) = (EngineThread.ThreadCount(), EngineThread.FixedThreads);
        try
        {
            EngineThread.FixedThreads = threads;
            var trainer = request.Seeded.Trainer;
            var common = request with
            {
                // The average takes part from the second step on, whenever it would in a long run; both runs begin with the same seed.
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
                // Each in a folder of its own: what a run keeps beside its results, the other would begin with.
                var results = Path.Combine(folder.Path, name, "run");
                var result = TrainingSession.Run(common with { ResultsPath = results, MaxSteps = last }, observer, cancellation);
                cancellation.ThrowIfCancellationRequested();
                return result.Step == last ? result.Checkpoint : throw new OperationCanceledException();
            }
        }
        finally
        {
            EngineThread.FixedThreads = asked;
        }
    }

    /// <summary>Compares all tensors of two checkpoints.</summary>
    /// <returns>How many there are, how many differ, and the first of these in words.</returns>
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
                return "only one of the two runs has it";
            }

            using var inner = NewDisposeScope();
            var (one, other) = (a.Read(name), b.Read(name));
            if (one.bytes.SequenceEqual(other.bytes))
            {
                return null;
            }

            if (!one.shape.SequenceEqual(other.shape))
            {
                return "it has another shape";
            }

            var distance = (one.to(float64) - other.to(float64)).abs();
            return FormattableString.Invariant(
                $"{distance.ne(0).sum().ToInt64()} of {one.numel()} numbers differ, by {distance.max().ToDouble():0.0e0} at most");
        }
    });
}

/// <summary>Whether a run that was stopped and continued equals one that was not, bit for bit.</summary>
public sealed record ResumeVerdict
{
    /// <summary>The configuration's file or preset.</summary>
    public required string Config { get; init; }

    /// <summary>Optimizer steps of each of the two runs.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps after which one of them was stopped.</summary>
    public required int StoppedAt { get; init; }

    /// <summary>Whether weights, average and optimizer state are the same bits.</summary>
    public bool Equal => DifferentTensors == 0;

    /// <summary>Tensors that were compared.</summary>
    public required int Tensors { get; init; }

    public required int DifferentTensors { get; init; }

    /// <summary>The first tensor that differs, and by how much; null: none does.</summary>
    public string? FirstDifference { get; init; }

    public required string Device { get; init; }

    /// <summary>Threads of the work on the processor, the same for all steps.</summary>
    public required int Threads { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Config}: {(Equal ? "the same bits" : FirstDifference)}";
}

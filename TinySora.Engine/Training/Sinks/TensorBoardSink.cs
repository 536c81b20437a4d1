using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>The steps of a run as events for TensorBoard, in a file that begins with the first step written; <see cref="StepSinks"/> opens it.</summary>
/// <param name="folder">The results folder.</param>
internal sealed class TensorBoardSink(string folder) : IStepSink
{
    /// <summary>The names of its files.</summary>
    public const string Files = "events.out.tfevents.*";

    private EventFile? events;

    /// <exception cref="IOException">It cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public void Write(IReadOnlyList<TrainingStep> steps)
    {
        foreach (var step in steps)
        {
            (events ??= EventFile.Create(folder, step.Step)).Scalars(
                step.Step,
                [
                    ("Loss", step.Loss), ("LearningRate", step.LearningRate), ("GradientNorm", step.GradientNorm),
                    ("ClipsPerSecond", step.ClipsPerSecond), .. step.Tflop is double tflop ? [("Tflop", tflop)] : Array.Empty<(string, double)>(),
                    .. (step.Scalars ?? []).Select(scalar => (scalar.Key, scalar.Value)),
                ]);
        }
    }

    public void GoBack(int step) => events?.Restart(step + 1);

    public void Flush() => events?.Flush();

    public void Close() => events?.Dispose();
}

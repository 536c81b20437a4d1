using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>Logs the steps of a run as TensorBoard events. The file is created at the first step.</summary>
/// <param name="folder">Results folder.</param>
internal sealed class TensorBoardSink(string folder) : IStepSink
{
    /// <summary>File name pattern of TensorBoard event files.</summary>
    public const string Files = "events.out.tfevents.*";

    private EventFile? events;

    /// <exception cref="IOException">The file cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
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

    public void RollBack(int step) => events?.Restart(step + 1);

    public void Flush() => events?.Flush();

    public void Close() => events?.Dispose();
}

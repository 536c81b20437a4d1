using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>Measures the averaged weights of a run on its validation data and reports progress.</summary>
internal sealed class Validation(
    ITrainingTask task, TrainingState state, IExamples data, TrainerConfig trainer, Device device, ITrainingObserver observer)
{
    /// <summary>Measures the model on the validation data and returns the values of the metrics by name.</summary>
    /// <exception cref="OperationCanceledException">Canceled between batches.</exception>
    public IReadOnlyDictionary<string, double> Measure(CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, double> measured = new Dictionary<string, double>();
        observer.Starting("validating");
        state.Ema.Apply(() => measured = task.Validate(Batches(cancellation)));
        return measured;
    }

    private IEnumerable<Batch> Batches(CancellationToken cancellation)
    {
        var most = trainer.ValidationBatches(data.Count);
        var (total, done) = ((int)Math.Min(data.Count, (long)most * trainer.TrainBatchSize), 0);
        var report = new ItemReport(observer, "Validated", "clips");
        foreach (var batch in BatchSequence.SinglePass(data, trainer.TrainBatchSize, device, most))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return batch;
            done = Math.Min(done + trainer.TrainBatchSize, total);
            report.Report(new ItemProgress(done, total, ""));
        }
    }
}

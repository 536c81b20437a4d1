using TinySora.Engine.Configuration;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Tests the rows of the <c>trainer.keep_if</c> table with the averaged weights, before writing a checkpoint that would be the best by <c>trainer.best_by</c>.
/// </summary>
/// <param name="rows">Rows of the table in the file <paramref name="source"/>.</param>
/// <param name="folder">Results folder.</param>
internal sealed class KeepIfTest(IReadOnlyList<Expectation> rows, string source, string folder, ITrainingObserver observer)
{
    private bool warned;

    /// <summary>Reads the table that a configuration specifies; <c>null</c> if it does not specify one.</summary>
    /// <exception cref="Errors.TinySoraException">Those of <see cref="ExpectationTable.Read"/>.</exception>
    public static KeepIfTest? Of(TrainerConfig config, string folder, ITrainingObserver observer) =>
        config.KeepIf is not string path ? null : new KeepIfTest(ExpectationTable.Read(path), path, folder, observer);

    /// <summary>Tests the rows with the current averaged weights and reports rows that passed at the best checkpoint but fail now.</summary>
    /// <param name="video">The model that generates clips; <c>null</c> if its autoencoder is missing.</param>
    /// <returns>The results; no rows if this step's checkpoint would not be the best, or if the run is ending.</returns>
    public ExpectationResults Test(IVideoModel? video, TrainingState state, CancellationToken cancellation)
    {
        if (video is null)
        {
            Warn();
            return ExpectationResults.None;
        }

        // A checkpoint of this step may already exist. It will be replaced, so it must not prevent the test.
        var metric = BestMetric.Parse(state.BestBy);
        var best = CheckpointStore.FindBest(CheckpointStore.List(folder).Where(info => info.Step != state.Step), metric, keepsRows: true);
        var value = metric.Name == BestMetric.Loss ? state.Loss : state.Validated.TryGetValue(metric.Name, out var measured) ? measured : (double?)null;
        if (value is not double own || !metric.IsBetter(own, best?.Metric(metric.Name)) || cancellation.IsCancellationRequested)
        {
            return ExpectationResults.None;
        }

        try
        {
            return Report(Judged(video, state, cancellation), best, state.Step);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExpectationResults.None;
        }
    }

    private ExpectationResults Report(List<(Expectation Row, ModelTestResult Result)> judged, CheckpointInfo? best, int step)
    {
        var results = new ExpectationResults(
            [.. judged.Where(row => row.Result.Passed).Select(row => row.Row.Id)], [.. judged.Where(row => !row.Result.Passed).Select(row => row.Row.Id)]);
        observer.Message($"Step {step}: rows in '{source}': {results}.");
        var fallen = results.RegressionsSince(best?.Rows ?? ExpectationResults.None);
        if (fallen.Count > 0)
        {
            var texts = judged.Where(row => fallen.Contains(row.Row.Id)).Select(row => $"{row.Result}");
            observer.Announce($"The checkpoint of step {step} is not the best, because rows that passed at step {best!.Step} fail now ({fallen.Count}):"
                + Errors.Text.List([.. texts]));
        }

        return results;
    }

    private List<(Expectation Row, ModelTestResult Result)> Judged(IVideoModel video, TrainingState state, CancellationToken cancellation)
    {
        var judged = new List<(Expectation Row, ModelTestResult Result)>();
        state.Ema.Apply(() =>
        {
            var plan = video.Resolve(new GenerationSettings());
            foreach (var batch in rows.Chunk(ClipBatch.MaxClips))
            {
                observer.Starting($"testing rows, {judged.Count} of {rows.Count}");
                using var scope = NewDisposeScope();
                var clips = video.Sample(plan, ModelTest.Prompts(batch), null, cancellation);
                judged.AddRange(batch.Select((row, i) => (row, ModelTest.Judge(row, ClipTensor.FromTensor(clips[i]), ""))));
            }
        });
        return judged;
    }

    private void Warn()
    {
        if (!warned)
        {
            warned = true;
            observer.Warning($"The rows in '{source}' cannot be tested because the autoencoder is missing. No checkpoint can become the best.");
        }
    }
}

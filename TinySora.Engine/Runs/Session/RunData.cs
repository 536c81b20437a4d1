using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Training and validation examples of a run. They are the splits of the data folder or, if it has no splits and validation is enabled, its first examples
/// for training and its last examples for validation.
/// </summary>
internal sealed class RunData : IDisposable
{
    private RunData(RunConfig config, IExamples training, IExamples? validation) =>
        (Config, Trainer, Training, Validation) = (config, config.Trainer.For(training.Count), training, validation);

    /// <summary>The configuration of the run.</summary>
    public RunConfig Config { get; }

    /// <summary>Trainer configuration in which every span is converted to steps.</summary>
    public TrainerConfig Trainer { get; }

    /// <summary>Examples to train on.</summary>
    public IExamples Training { get; }

    /// <summary>Examples for validation; <c>null</c> if there is no validation.</summary>
    public IExamples? Validation { get; }

    /// <summary>Opens the data and reports on it.</summary>
    /// <param name="trainsOnly">Whether to omit the validation examples, and to report only warnings.</param>
    /// <exception cref="TinySoraException">NoValidationData, and errors in reading the data.</exception>
    public static RunData Open(
        TrainingRequest request, RunConfig config, ITrainingObserver observer, CancellationToken cancellation, bool trainsOnly = false)
    {
        observer.Starting("reading the clips");
        var folder = request.DataFolder;
        var validates = config.Trainer.ValidateEvery.Count > 0;
        var validation = validates && !trainsOnly ? Examples(DatasetSplit.Validation) : null;
        return OnFailure.Dispose(validation, () =>
        {
            var training = Examples(DatasetSplit.Training);
            return OnFailure.Dispose(training, () =>
            {
                foreach (var note in training.Notes.Where(note => note.IsWarning || !trainsOnly))
                {
                    Action<string> tell = note.IsWarning ? observer.Warning : observer.Announce;
                    tell(note.Text);
                }

                foreach (var unfinished in UnfinishedRun.FindForDependencies(config.Family))
                {
                    observer.Warning(unfinished);
                }

                return new RunData(config, training, validation);
            });
        });

        IExamples Examples(string split)
        {
            var path = DatasetSplit.FolderOf(folder, split);
            var all = ModelFamilies.Of(config).Open(config, path, new ItemReport(observer, "Decoded", "clips"), cancellation);
            if (!validates || DatasetSplit.IsSplit(folder))
            {
                return all;
            }

            if (all.Count > 1)
            {
                return all.GetSplit(split);
            }

            all.Dispose();
            throw TrainingErrors.NoValidationData(folder);
        }
    }

    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }
}

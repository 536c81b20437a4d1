using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary>
/// What a run trains on, and what it is measured on: the splits of a folder, or where there are none and validations are asked for, the first
/// and the last of its examples.
/// </summary>
/// <param name="folder">Or a file.</param>
internal sealed class RunExamples(ModelFamily family, RunConfig config, string folder, ITrainingObserver observer)
{
    private bool Validates => config.Trainer.ValidateEvery.Count > 0;

    /// <exception cref="TinySoraException">NoValidationData, and what reading the data may throw.</exception>
    public IExamples OpenTraining(CancellationToken cancellation) => Open(DatasetSplit.Training, cancellation);

    /// <summary>Null where no validation is asked for.</summary>
    /// <inheritdoc cref="OpenTraining"/>
    public IExamples? OpenValidation(CancellationToken cancellation) => Validates ? Open(DatasetSplit.Validation, cancellation) : null;

    private IExamples Open(string split, CancellationToken cancellation)
    {
        var path = DatasetSplit.FolderOf(folder, split);
        var all = family.Open(config, path, new ItemReport(observer, "Decoded", "clips"), cancellation);
        if (!Validates || DatasetSplit.IsSplit(folder))
        {
            return all;
        }

        if (all.Count > 1)
        {
            return ExamplePart.Of(all, split);
        }

        all.Dispose();
        throw TrainingErrors.NoValidationData(folder);
    }
}

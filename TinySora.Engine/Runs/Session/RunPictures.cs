using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Runs.Session;

/// <summary>Images that a run's model creates: samples from a video model, or reconstructions by an autoencoder.</summary>
internal sealed class RunPictures
{
    private readonly OpenedRun run;
    private readonly ITrainingObserver observer;
    private readonly CancellationToken cancellation;
    private readonly SampleGrid? samples;
    private readonly ReconstructionGrid? reconstructions;

    /// <param name="folder">Results folder for the images.</param>
    public RunPictures(OpenedRun run, string folder, ITrainingObserver observer, CancellationToken cancellation)
    {
        (this.run, this.observer, this.cancellation) = (run, observer, cancellation);
        var (task, data) = (run.Task, run.Data);
        samples = task.Video is IVideoModel video ? new SampleGrid(video, run.State, run.Trainer, data.Training, run.Seed, folder) : null;
        reconstructions = task.Codec is IClipCodec codec && (data.Validation ?? data.Training) is IExamples<ClipBatch> clips
            ? new ReconstructionGrid(codec, run.State, run.Trainer, clips, run.Seed, run.Device, folder) { Named = task.Files }
            : null;
    }

    /// <summary>Function that draws an image every <c>sample_every</c> steps; <c>null</c> if no images are requested.</summary>
    public Func<string?>? AtCadence =>
        run.Trainer.Track && (samples is not null || reconstructions is not null) && run.Trainer.NumSampleRows > 0 ? DrawIfPossible : null;

    /// <summary>Draws an image for the current step.</summary>
    /// <param name="order">Request for a preview, with optional prompts; <c>null</c> for a scheduled image.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="TinySoraException">NoPreview.</exception>
    public string Draw(RunRequest? order = null)
    {
        observer.Starting("drawing samples");
        var path = order?.Prompts is { Count: > 0 } prompts && samples is not null ? samples.Draw(prompts, order.Seed, cancellation)
            : samples?.Draw(cancellation) ?? reconstructions?.Draw() ?? throw TrainingErrors.NoPreview(ModelFamilies.Of(run.Config).Name);
        observer.Message($"Drew '{path}'.");
        return path;
    }

    /// <summary>Draws an image for the current step. An image that cannot be written causes a warning, because it is not essential.</summary>
    /// <returns>Path of the file; <c>null</c> if there is none.</returns>
    private string? DrawIfPossible()
    {
        try
        {
            return Draw();
        }
        catch (TinySoraException e) when (e.Id == MediaErrors.CannotWriteId)
        {
            observer.Warning($"{e.Message} Training continues without this image.");
            return null;
        }
    }
}

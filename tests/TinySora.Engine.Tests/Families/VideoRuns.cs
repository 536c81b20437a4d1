using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;

namespace TinySora.Engine.Tests.Families;

/// <summary>Tests that train on six clips of the shapes world, with two more for validation, each of 4 frames of 16 x 16 pixels.</summary>
public abstract class VideoRuns : IDisposable
{
    private protected readonly TemporaryFolder folder = new();

    protected VideoRuns()
    {
        foreach (var (split, count) in new[] { (DatasetSplit.Training, 6), (DatasetSplit.Validation, 2) })
        {
            var options = new DrawOptions { Count = count, Seed = count, Size = 16, Frames = 4, IncludeHeldOut = true };
            Assert.Equal(count, DatasetWriter.Draw(folder.File("data", split), DatasetKinds.Shapes, options).Count());
        }
    }

    public virtual void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <param name="run">Folder for the results.</param>
    /// <param name="data">Dataset; `null` for the clips of the shapes world.</param>
    /// <param name="initial">Initial checkpoint: a path, or the folder of another run; `null` for new weights.</param>
    private protected void Run(
        string run, RunConfig config, int? steps, RecordingObserver? observer = null, string device = "cpu", string? data = null, string? initial = null) =>
        TrainingSession.Run(
            new()
            {
                Config = config, DataPath = data ?? folder.File("data"), ResultsPath = folder.File(run), Device = device, MaxSteps = steps,
                InitialCheckpoint = initial is null ? null : folder.File(initial),
            },
            observer ?? new RecordingObserver(), CancellationToken.None);

    /// <summary>Returns the weights of a run's newest checkpoint, copied so that the garbage collector cannot free them during a call of libtorch.</summary>
    private protected Dictionary<string, double[]> Tensors(string run)
    {
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File(run)).Path);
        return file.Tensors.ToDictionary(item => item.Key, item =>
        {
            using var tensor = item.Value.As(torch.ScalarType.Float64).Read();
            return tensor.data<double>().ToArray();
        });
    }
}

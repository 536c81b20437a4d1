using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// An image of some clips and their reconstructions by an autoencoder with averaged weights, drawn during training: the clips are at the top, and the
/// differences at the bottom.
/// </summary>
internal sealed class ReconstructionGrid(
    IClipCodec codec, TrainingState state, TrainerConfig config, IExamples<ClipBatch> data, long seed, Device device, string folder)
{
    private const int Padding = 2;
    private const int MaxColumns = 8;

    /// <summary>File names of the scheduled images; <c>null</c> for the default names.</summary>
    public IRunFiles? Named { get; init; }

    /// <summary>Draws the grid of the current step: an image for single frames, an animation for clips.</summary>
    /// <returns>Path of the file.</returns>
    public string Draw()
    {
        var columns = Math.Min(Math.Clamp(config.NumSampleRows * config.NumSampleRows, 1, MaxColumns), data.Count);
        var path = Path.Combine(folder, Name() ?? FormattableString.Invariant($"sample-{state.Step:D8}.{(codec.Shape.Frames == 1 ? "png" : "gif")}"));
        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        state.Ema.Apply(() =>
        {
            using var scope = NewDisposeScope();
            using var batch = data.Get([.. SampledExample.Order(seed, 0, data.Count).Take(columns).Select(index => new SampledExample(index, 0))], device);
            var decoded = codec.Decode(codec.Encode(batch.Clips));
            var errors = (decoded - batch.Clips).abs();
            errors = errors / errors.amax(new long[] { 1, 2, 3, 4 }, keepdim: true).clamp_min(1e-6); // Scale each difference to the full range.
            var rows = new[] { batch.Clips, decoded.clamp(0, 1), errors }.Select(row => row.cpu());
            ClipFile.Write(path, ContactSheet.Grid(
                [.. rows.SelectMany(row => Enumerable.Range(0, columns).Select(i => ClipTensor.FromTensor(row[i])))], columns, Padding));
        });
        return path;
    }

    /// <summary>
    /// Returns the file name of the next image, which contains the number of earlier images: one after the first step, and others at regular intervals.
    /// </summary>
    private string? Name()
    {
        var every = config.SampleEvery.Steps;
        return state.Step == 1 ? Named?.GetPicturePath(0)
            : every == 0 || state.Step % every != 0 ? null
            : Named?.GetPicturePath(every == 1 ? state.Step - 1 : state.Step / every);
    }
}

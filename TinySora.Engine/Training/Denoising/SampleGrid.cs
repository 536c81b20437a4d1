using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Media;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>n x n samples with captions of the dataset, drawn while training with the averaged weights.</summary>
internal sealed class SampleGrid(
    DiffusionTask task, TrainingState state, TrainerConfig config, ClipDataset data, long seed, string folder)
{
    private const int Padding = 2;

    /// <summary>Draws the grid of the current step.</summary>
    /// <returns>The file's path.</returns>
    public string Draw(CancellationToken cancellation)
    {
        var rows = Math.Max(1, config.NumSampleRows);
        var order = ClipDataset.Order(seed, 0, data.Count);
        var count = rows * rows;
        var clips = Enumerable.Range(0, count).Select(i => order[i % order.Length]).ToList();
        var seeds = Enumerable.Range(0, count).Select(i => seed + i).ToList();
        var path = Path.Combine(folder, FormattableString.Invariant($"sample-{state.Step:D8}.gif"));
        var request = new SampleRequest([.. clips.Select(i => data.Captions[i] is string text ? WeightedText.Escape(text) : null)], seeds)
        {
            Vectors = data.Vectors is null ? null : [.. clips.Select(i => data.Vectors[i])],
        };
        Write(path, request, rows, cancellation);
        return path;
    }

    /// <summary>Draws one clip for each prompt.</summary>
    /// <param name="first">Seed of the first; the others count on. Null: the run's.</param>
    /// <inheritdoc cref="Draw(CancellationToken)"/>
    public string Draw(IReadOnlyList<string> prompts, long? first, CancellationToken cancellation)
    {
        var name = FormattableString.Invariant($"preview-{state.Step:D8}");
        var path = Path.Combine(folder, name + ".gif");
        for (var number = 2; File.Exists(path); number++)
        {
            path = Path.Combine(folder, $"{name}-{number}.gif");
        }

        var seeds = prompts.Select((_, i) => (first ?? seed) + i).ToList();
        Write(path, new SampleRequest([.. prompts], seeds), (int)Math.Ceiling(Math.Sqrt(prompts.Count)), cancellation);
        return path;
    }

    private void Write(string path, SampleRequest request, int columns, CancellationToken cancellation) => state.WithAverage(() =>
    {
        using var scope = NewDisposeScope();
        var videos = task.Sample(request, null, cancellation);
        var drawn = Enumerable.Range(0, request.Seeds.Count).Select(i => ClipTensor.FromTensor(videos[i])).ToList();
        ClipFile.Write(path, ContactSheet.Grid(drawn, columns, Padding));
    });
}

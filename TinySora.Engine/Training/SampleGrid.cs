using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// A grid of n x n clips that the averaged weights generate during training. The prompts are captions from the dataset, all different if there are enough.
/// </summary>
internal sealed class SampleGrid(
    IVideoModel model, TrainingState state, TrainerConfig config, IExamples data, long seed, string folder)
{
    private const int Padding = 2;

    /// <summary>Draws the grid of the current step.</summary>
    /// <returns>Path of the file.</returns>
    public string Draw(CancellationToken cancellation)
    {
        var rows = Math.Max(1, config.NumSampleRows);
        var chosen = Choose(data.Captions, seed, rows * rows);
        var path = Path.Combine(folder, FormattableString.Invariant($"sample-{state.Step:D8}.gif"));
        var clips = Enumerable.Range(0, rows * rows).Select(i => (Seed: seed + i, Index: chosen[i % chosen.Length])).Select(item => new ClipPrompt(item.Seed)
        {
            Text = data.Captions[item.Index] is string text && IsKnown(text) ? WeightedText.Escape(text) : null,
            Vector = data.Vectors?[item.Index],
        });
        Write(path, [.. clips], rows, cancellation);
        return path;
    }

    /// <summary>Chooses the examples whose captions become prompts. Each caption is used once before any caption is repeated.</summary>
    /// <param name="captions">Captions of all examples; <c>null</c> for an example without text. Examples without text all count as different.</param>
    /// <returns>Indices of at most <paramref name="count"/> examples.</returns>
    internal static int[] Choose(IReadOnlyList<string?> captions, long seed, int count)
    {
        var order = SampledExample.Order(seed, 0, captions.Count);
        var different = order.DistinctBy(index => (object?)captions[index] ?? index).Take(count).ToList();
        return [.. different, .. order.Except(different).Take(count - different.Count)];
    }

    /// <summary>Draws a grid with one clip for each prompt.</summary>
    /// <param name="first">Seed of the first clip, incremented by 1 for each additional clip; <c>null</c> for the run's seed.</param>
    /// <inheritdoc cref="Draw(CancellationToken)"/>
    public string Draw(IReadOnlyList<string> prompts, long? first, CancellationToken cancellation)
    {
        var name = FormattableString.Invariant($"preview-{state.Step:D8}");
        var path = Path.Combine(folder, name + ".gif");
        for (var number = 2; File.Exists(path); number++)
        {
            path = Path.Combine(folder, $"{name}-{number}.gif");
        }

        Write(path, ClipPrompt.FromTexts(prompts, first ?? seed), (int)Math.Ceiling(Math.Sqrt(prompts.Count)), cancellation);
        return path;
    }

    /// <summary>
    /// Returns whether a caption can be a prompt. Data that was changed after the run began may contain classes that the model does not have.
    /// </summary>
    private bool IsKnown(string caption) => model.Classes is [] || OnFailure.Recover(false, () => model.UnknownWords(WeightedText.Escape(caption)) is []);

    private void Write(string path, IReadOnlyList<ClipPrompt> clips, int columns, CancellationToken cancellation) => state.Ema.Apply(() =>
    {
        using var scope = NewDisposeScope();
        var videos = model.Sample(model.Resolve(new GenerationSettings()), clips, null, cancellation);
        var drawn = Enumerable.Range(0, clips.Count).Select(i => ClipTensor.FromTensor(videos[i])).ToList();
        ClipFile.Write(path, ContactSheet.Grid(drawn, columns, Padding));
    });
}

using System.Globalization;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

/// <summary>What the page has to know of the model to offer what it takes.</summary>
/// <param name="Checkpoint">As the page names it.</param>
/// <param name="Step">Steps that it was trained.</param>
/// <param name="TakesText">Whether prompts matter.</param>
/// <param name="TakesStart">Whether it can begin with a clip or picture.</param>
/// <param name="Words">The words that it was trained on, sorted by kind, and within a kind the most frequent first.</param>
/// <param name="Kinds">The same words with the name of each kind.</param>
/// <param name="Prompt">Initial prompt; `null` if none was given.</param>
/// <param name="Example">Prompt to show where none was given; `null` for a model that takes no text.</param>
internal sealed record ModelFacts(
    string Checkpoint, int Step, string Shape, bool TakesText, bool TakesStart, IReadOnlyList<ModelFacts.Control> Settings, IReadOnlyList<string> Words,
    IReadOnlyList<WordKinds.Group> Kinds, string? Prompt, string? Example)
{
    private const int MostWords = 60;

    /// <summary>The settings for which the page has a slider; of the others the model's own values are taken.</summary>
    private static readonly (string Name, double Least, double Most, double Step)[] Sliders =
    [
        (Setting.Steps, 1, 50, 1), (Setting.GuidanceScale, 1, 8, 0.1), (Setting.Temperature, 0.1, 2, 0.05), (Setting.TopP, 0.05, 1, 0.05),
    ];

    /// <summary>A slider of the page.</summary>
    /// <param name="Value">The model's own; null: it tells none.</param>
    /// <param name="Increment">Between two values.</param>
    public sealed record Control(string Name, string Description, double Least, double Most, double Increment, double? Value);

    public static ModelFacts Of(ClipDesk clips, StudioOptions options)
    {
        var (generator, usual) = (clips.Generator, clips.Usual);
        var shape = usual.Shape;
        var words = PromptWords.Of(generator.Checkpoint.Path);
        var kinds = WordKinds.Sort(words.Take(MostWords));
        return new ModelFacts(
            options.Checkpoint, generator.Checkpoint.Step, FormattableString.Invariant($"{shape.Width} x {shape.Height}, {shape.Frames} frames"),
            generator.Settings.TakesText, generator.Settings.Clips > 0,
            [.. Sliders.SelectMany(slider => generator.Settings.Settings.Where(setting => setting.Name == slider.Name).Select(setting =>
            {
                var value = usual.Settings.TryGetValue(setting.Name, out var own) ? Convert.ToDouble(own, CultureInfo.InvariantCulture) : (double?)null;
                return new Control(setting.Name, setting.Description, slider.Least, Math.Max(slider.Most, value ?? 0), slider.Step, value);
            }))],
            [.. kinds.SelectMany(kind => kind.Words)], kinds, options.Prompt, generator.Settings.TakesText ? WordKinds.Example(words) : null);
    }
}

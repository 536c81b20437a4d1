using System.Globalization;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

/// <param name="Checkpoint">Name of the checkpoint as shown on the page.</param>
/// <param name="Step">Number of training steps.</param>
/// <param name="TakesText">Whether the model accepts prompts.</param>
/// <param name="TakesStart">Whether the model can start from a clip or image.</param>
/// <param name="Settings">Settings that have a slider on the page.</param>
/// <param name="SettingNames">Names of all settings that the model supports.</param>
/// <param name="Words">Words that the model was trained on, sorted by kind, then by decreasing frequency.</param>
/// <param name="Kinds">The same words as in <paramref name="Words"/>, grouped by kind, with the name of each kind.</param>
/// <param name="Prompt">Initial prompt that the user specified; <c>null</c> if there is none.</param>
/// <param name="Example">Prompt to show if the user did not specify one; <c>null</c> for a model that does not accept prompts.</param>
internal sealed record ModelFacts(
    string Checkpoint, int Step, string Shape, bool TakesText, bool TakesStart, IReadOnlyList<ModelFacts.Control> Settings,
    IReadOnlyList<string> SettingNames, IReadOnlyList<string> Words, IReadOnlyList<WordKinds.Group> Kinds, string? Prompt, string? Example)
{
    private const int MaxWords = 500;

    /// <summary>Settings that have a slider on the page; other settings have the model's defaults or the values of a restored recipe.</summary>
    private static readonly (string Name, double Least, double Most, double Step)[] Sliders =
    [
        (Setting.Steps, 1, 50, 1), (Setting.GuidanceScale, 1, 8, 0.1), (Setting.Temperature, 0.1, 2, 0.05), (Setting.TopP, 0.05, 1, 0.05),
    ];

    /// <param name="Value">The model's default; <c>null</c> if there is none.</param>
    /// <param name="Increment">Difference between two adjacent values of the slider.</param>
    public sealed record Control(string Name, string Description, double Least, double Most, double Increment, double? Value);

    public static ModelFacts Of(ClipService clips, StudioOptions options)
    {
        var (generator, usual) = (clips.Generator, clips.Usual);
        var shape = usual.Shape;
        var words = ModelVocabulary.Read(generator.Checkpoint.Path);
        var kinds = WordKinds.Sort(words.Take(MaxWords));
        return new ModelFacts(
            options.Checkpoint, generator.Checkpoint.Step, FormattableString.Invariant($"{shape.Width} x {shape.Height}, {shape.Frames} frames"),
            generator.Settings.TakesText, generator.Settings.Clips > 0,
            [.. Sliders.SelectMany(slider => generator.Settings.Settings.Where(setting => setting.Name == slider.Name).Select(setting =>
            {
                var value = usual.Settings.TryGetValue(setting.Name, out var own) ? Convert.ToDouble(own, CultureInfo.InvariantCulture) : (double?)null;
                var most = setting.Name == Setting.Steps ? Math.Min(slider.Most, generator.Video.MaxSteps ?? slider.Most) : slider.Most;
                return new Control(setting.Name, setting.Description, slider.Least, Math.Max(most, value ?? 0), slider.Step, value);
            }))],
            [.. generator.Settings.Settings.Select(setting => setting.Name)],
            [.. kinds.SelectMany(kind => kind.Words)], kinds, options.Prompt,
            generator.Settings.TakesText ? options.Example ?? WordKinds.Example(words) : null);
    }
}

/// <param name="Settings">Settings of the recipe that the open model supports, by name.</param>
/// <param name="From">File name of the clip that the video started from; <c>null</c> if it started from noise.</param>
/// <param name="OtherModel">File name of the recipe's checkpoint if it is not the one that the page has open; otherwise <c>null</c>.</param>
internal sealed record RecipeFacts(
    string? Prompt, string? NegativePrompt, long Seed, IReadOnlyDictionary<string, object> Settings, string? From, double? Noise, string? OtherModel)
{
    public static RecipeFacts Of(Recipe recipe, VideoGenerator generator)
    {
        var named = new (string Name, object? Value)[]
        {
            (Setting.Sampler, recipe.Sampler), (Setting.Steps, recipe.Steps), (Setting.Eta, recipe.Eta), (Setting.GuidanceScale, recipe.GuidanceScale),
        };
        var settings = named.Concat((recipe.Settings ?? []).Select(setting => (setting.Key, (object?)setting.Value)))
            .Where(setting => setting.Item2 is not null && generator.Settings.Settings.Any(taken => taken.Name == setting.Item1))
            .ToDictionary(setting => setting.Item1, setting => setting.Item2!);
        return new RecipeFacts(
            recipe.Prompt, recipe.NegativePrompt, recipe.Seed, settings, recipe.From, recipe.Noise,
            recipe.ModelHash == generator.ModelHash ? null : recipe.Checkpoint);
    }
}

using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

/// <summary>What the page fills in from the recipe of a generated file.</summary>
/// <param name="Settings">By name, as far as the open model takes them.</param>
/// <param name="From">File name of the clip that the video began with; `null` if it began with noise.</param>
/// <param name="OtherModel">File name of its checkpoint, if that is not the model that the page has open; otherwise `null`.</param>
internal sealed record RecipeFacts(
    string? Prompt, string? NegativePrompt, long Seed, IReadOnlyDictionary<string, object> Settings, string? From, double? Noise, string? OtherModel)
{
    /// <summary>The recipe of a file; `null` if it holds none that can be read.</summary>
    public static Recipe? Read(string path)
    {
        try
        {
            return RecipeText.Read(path);
        }
        catch (TinySoraException)
        {
            return null;
        }
    }

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

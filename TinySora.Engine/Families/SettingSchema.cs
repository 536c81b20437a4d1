using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>The settings that a model takes.</summary>
/// <param name="Settings">Those of sampling.</param>
public sealed record SettingSchema(IReadOnlyList<Setting> Settings)
{
    /// <summary>Whether prompts matter to the model.</summary>
    public bool TakesText { get; init; }

    /// <summary>The width of the vectors that take the place of prompts; null: the model takes none.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>The number of clips that generation can begin with; two: it goes from one to the other.</summary>
    public int Clips { get; init; }

    /// <summary>Whether the model denoises, so that guesses of the clips can be shown on the way.</summary>
    public bool ShowsGuesses { get; init; }

    /// <summary>Converts values to the types of their settings, and refuses others.</summary>
    /// <param name="asked">By name; upper and lower case do not matter.</param>
    /// <exception cref="TinySoraException">NotTaken, BadSetting.</exception>
    public IReadOnlyDictionary<string, object> Read(IEnumerable<KeyValuePair<string, object>> asked)
    {
        var read = new Dictionary<string, object>();
        foreach (var (name, value) in asked)
        {
            var setting = Settings.FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw GenerationErrors.NotTaken(name, Settings.Select(setting => setting.Name));
            var expected = setting.Kind == SettingKind.WholeNumber ? "a whole number" : "a number";
            read[setting.Name] = setting.Read(value) ?? throw GenerationErrors.BadSetting(setting.Name, $"{value}", expected);
        }

        return read;
    }
}

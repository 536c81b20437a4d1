using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>What a setting's value is.</summary>
public enum SettingKind
{
    Number,
    WholeNumber,
    Text,
}

/// <summary>Something that can be said of how a model generates.</summary>
/// <param name="Name">As parameters are spelled: <c>GuidanceScale</c>.</param>
/// <param name="Description">A sentence.</param>
public sealed record Setting(string Name, SettingKind Kind, string Description)
{
    public const string GuidanceScale = nameof(GuidanceScale);
    public const string Steps = nameof(Steps);
    public const string Sampler = nameof(Sampler);
    public const string Eta = nameof(Eta);

    /// <summary>The value as the kind's .NET type (double, int or string); null: it is none.</summary>
    public object? Read(object value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        return Kind switch
        {
            SettingKind.Text => text,
            SettingKind.WholeNumber => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
    }
}

/// <summary>Which settings a model takes.</summary>
/// <param name="Settings">Those of sampling.</param>
public sealed record SettingSchema(IReadOnlyList<Setting> Settings)
{
    /// <summary>Prompts matter to the model.</summary>
    public bool TakesText { get; init; }

    /// <summary>Width of the vectors that take the place of prompts; null: none do.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>It can go between two clips.</summary>
    public bool TakesClips { get; init; }

    /// <summary>Values as the settings need them.</summary>
    /// <param name="asked">By name; upper and lower case do not matter.</param>
    /// <exception cref="TinySoraException">NotTaken, BadSetting.</exception>
    public IReadOnlyDictionary<string, object> Read(IEnumerable<KeyValuePair<string, object>> asked)
    {
        var read = new Dictionary<string, object>();
        foreach (var (name, value) in asked)
        {
            var setting = Settings.FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw GenerationErrors.NotTaken(name, Settings.Select(setting => setting.Name));
            read[setting.Name] = setting.Read(value) ?? throw GenerationErrors.BadSetting(setting.Name, $"{value}", setting.Kind == SettingKind.WholeNumber ? "a whole number" : "a number");
        }

        return read;
    }
}

using System.Globalization;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <param name="Settings">Those of sampling.</param>
public sealed record SettingSchema(IReadOnlyList<Setting> Settings)
{
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

/// <param name="Name">As parameters are spelled: <c>GuidanceScale</c>.</param>
/// <param name="Description">A sentence.</param>
public sealed record Setting(string Name, SettingKind Kind, string Description)
{
    public const string GuidanceScale = nameof(GuidanceScale);
    public const string Steps = nameof(Steps);
    public const string Sampler = nameof(Sampler);
    public const string Eta = nameof(Eta);
    public const string Temperature = nameof(Temperature);
    public const string TopK = nameof(TopK);
    public const string TopP = nameof(TopP);
    public const string MaskTemperature = nameof(MaskTemperature);
    public const string Frames = nameof(Frames);
    public const string Height = nameof(Height);
    public const string Width = nameof(Width);
    public const string FramesPerSecond = nameof(FramesPerSecond);

    /// <summary>The value as the kind's .NET type (double, int or string); null: it is of another kind.</summary>
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

public enum SettingKind
{
    Number,
    WholeNumber,
    Text,
}

public sealed record GenerationSettings
{
    /// <summary>How long the published generate command shows a frame, in milliseconds.</summary>
    public const int UsualFrameMilliseconds = 100;

    /// <summary>The values that were asked for, by the names of their <see cref="Setting"/>.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    public ClipStart Start { get; init; } = ClipStart.Noise;

    /// <summary>The value of a setting; null where it was not asked for.</summary>
    public T? Value<T>(string name)
        where T : struct => Values.TryGetValue(name, out var value) ? (T)value : null;

    /// <exception cref="TinySoraException">BadSetting.</exception>
    public int FrameMilliseconds => Value<double>(Setting.FramesPerSecond) switch
    {
        null => UsualFrameMilliseconds,
        double speed and >= 0.1 and <= 100 => (int)Math.Round(1000 / speed),
        double speed => throw GenerationErrors.BadSetting(Setting.FramesPerSecond, $"{speed}", "a number from 0.1 to 100"),
    };

    /// <summary>The values for size and speed that were asked for, by the names of their settings.</summary>
    public IReadOnlyDictionary<string, object> Sizes =>
        Values.Where(value => value.Key is Setting.Frames or Setting.Height or Setting.Width or Setting.FramesPerSecond).ToDictionary();

    /// <param name="configured">Where nothing was said.</param>
    /// <exception cref="TinySoraException">BadGuidance.</exception>
    public double Guidance(double configured) =>
        (Value<double>(Setting.GuidanceScale) ?? configured) is var scale && double.IsFinite(scale) ? scale : throw GenerationErrors.BadGuidance(scale);

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

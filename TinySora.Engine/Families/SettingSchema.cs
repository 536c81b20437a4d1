using System.Globalization;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <param name="Settings">Settings for sampling that the model supports.</param>
public sealed record SettingSchema(IReadOnlyList<Setting> Settings)
{
    public bool TakesText { get; init; }

    /// <summary>Width of the vectors that replace prompts; <c>null</c> if the model is not conditioned on vectors.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>Maximum number of clips that sampling can start from. With two clips, it interpolates between them.</summary>
    public int Clips { get; init; }

    /// <summary>Whether previews of predicted x₀ are available during sampling.</summary>
    public bool SupportsPreviews { get; init; }

    /// <summary>Converts values to the types of their settings. Unknown settings and invalid values are rejected.</summary>
    /// <param name="requested">Values by setting name, case-insensitive.</param>
    /// <exception cref="TinySoraException">NotTaken, BadSetting.</exception>
    public IReadOnlyDictionary<string, object> Read(IEnumerable<KeyValuePair<string, object>> requested)
    {
        var read = new Dictionary<string, object>();
        foreach (var (name, value) in requested)
        {
            var setting = Settings.FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw GenerationErrors.NotTaken(name, Settings.Select(setting => setting.Name));
            var expected = setting.Kind == SettingKind.WholeNumber ? "a whole number" : "a number";
            read[setting.Name] = setting.Read(value) ?? throw GenerationErrors.BadSetting(setting.Name, $"{value}", expected);
        }

        return read;
    }
}

/// <param name="Name">Name, spelled like the parameter of a cmdlet, such as <c>GuidanceScale</c>.</param>
/// <param name="Description">Description in one sentence.</param>
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

    /// <summary>Converts a value to the .NET type of the kind (double, int or string); <c>null</c> if that fails.</summary>
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
    /// <summary>Duration of a frame in the published generate command, in milliseconds.</summary>
    public const int DefaultFrameMilliseconds = 100;

    /// <summary>Explicitly requested values, by the name of the <see cref="Setting"/>.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    public ClipStart Start { get; init; } = ClipStart.PureNoise;

    /// <summary>Returns the value of a setting; <c>null</c> if it is not set.</summary>
    public T? Value<T>(string name)
        where T : struct => Values.TryGetValue(name, out var value) ? (T)value : null;

    /// <exception cref="TinySoraException">BadSetting.</exception>
    public int FrameMilliseconds => Value<double>(Setting.FramesPerSecond) switch
    {
        null => DefaultFrameMilliseconds,
        double speed and >= 0.1 and <= 100 => (int)Math.Round(1000 / speed),
        double speed => throw GenerationErrors.BadSetting(Setting.FramesPerSecond, $"{speed}", "a number from 0.1 to 100"),
    };

    /// <summary>Explicitly requested values for the video's size and playback speed, by setting name.</summary>
    public IReadOnlyDictionary<string, object> Sizes =>
        Values.Where(value => value.Key is Setting.Frames or Setting.Height or Setting.Width or Setting.FramesPerSecond).ToDictionary();

    /// <param name="configured">Guidance scale in the configuration, used if none is requested.</param>
    /// <exception cref="TinySoraException">BadGuidance.</exception>
    public double Guidance(double configured) =>
        (Value<double>(Setting.GuidanceScale) ?? configured) is var scale && double.IsFinite(scale) ? scale : throw GenerationErrors.BadGuidance(scale);

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

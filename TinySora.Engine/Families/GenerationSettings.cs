using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>The settings for the clips of a batch, as far as they were asked for.</summary>
public sealed record GenerationSettings
{
    /// <summary>How long the published generate command shows a frame, in milliseconds.</summary>
    public const int UsualFrameMilliseconds = 100;

    /// <summary>The values that were asked for, by the names of their <see cref="Setting"/>.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    /// <summary>What sampling of the clips starts from.</summary>
    public ClipStart Start { get; init; } = ClipStart.Noise;

    /// <summary>The value of a setting; null where it was not asked for.</summary>
    public T? Value<T>(string name)
        where T : struct => Values.TryGetValue(name, out var value) ? (T)value : null;

    /// <summary>How long a frame is shown, from <see cref="Setting.FramesPerSecond"/>.</summary>
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

    /// <summary>The guidance scale that was asked for, else the configured one.</summary>
    /// <param name="configured">Where nothing was said.</param>
    /// <exception cref="TinySoraException">BadGuidance.</exception>
    public double Guidance(double configured) =>
        (Value<double>(Setting.GuidanceScale) ?? configured) is var scale && double.IsFinite(scale) ? scale : throw GenerationErrors.BadGuidance(scale);

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

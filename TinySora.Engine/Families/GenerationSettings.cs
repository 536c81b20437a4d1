using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are to be made, as far as it was said.</summary>
public sealed record GenerationSettings
{
    /// <summary>As the published generate command writes.</summary>
    public const int UsualFrameMilliseconds = 100;

    /// <summary>By the name of a <see cref="Setting"/>: what was asked for.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    /// <summary>Where the clips begin.</summary>
    public ClipStart Start { get; init; } = ClipStart.Noise;

    /// <summary>The value of a setting; null where nothing was said.</summary>
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

    /// <summary>What was said of size and speed.</summary>
    public IReadOnlyDictionary<string, object> Sizes =>
        Values.Where(value => value.Key is Setting.Frames or Setting.Height or Setting.Width or Setting.FramesPerSecond).ToDictionary();

    /// <summary>The guidance scale.</summary>
    /// <param name="configured">Where nothing was said.</param>
    /// <exception cref="TinySoraException">BadGuidance.</exception>
    public double Guidance(double configured) =>
        (Value<double>(Setting.GuidanceScale) ?? configured) is var scale && double.IsFinite(scale) ? scale : throw GenerationErrors.BadGuidance(scale);

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are to be made, as far as it was said.</summary>
public sealed record GenerationSettings
{
    /// <summary>By the name of a <see cref="Setting"/>: what was asked for.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    /// <summary>Where the clips begin.</summary>
    public ClipStart Start { get; init; } = ClipStart.Noise;

    /// <summary>The value of a setting; null where nothing was said.</summary>
    public T? Value<T>(string name)
        where T : struct => Values.TryGetValue(name, out var value) ? (T)value : null;

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

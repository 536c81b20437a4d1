using System.Text.Json;
using System.Text.Json.Serialization;

namespace TinySora.Benchmarks;

/// <summary>What one process measured; the line of JSON that workers and the peer print.</summary>
/// <param name="Seconds">One per measured step.</param>
/// <param name="PeakMib">Peak memory of the process.</param>
internal sealed record Measurement(
    [property: JsonPropertyName("seconds")] double[] Seconds, [property: JsonPropertyName("peak_mib")] double PeakMib)
{
    /// <summary>What the peak had been after a quarter of the steps; 0 where nobody asks.</summary>
    [JsonPropertyName("settled_mib")]
    public double SettledMib { get; init; }

    public static Measurement Parse(string json) => JsonSerializer.Deserialize<Measurement>(json)!;

    public override string ToString() => JsonSerializer.Serialize(this);
}

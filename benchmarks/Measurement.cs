using System.Text.Json;
using System.Text.Json.Serialization;

namespace TinySora.Benchmarks;

/// <summary>Measurements of one process, which the process prints as a line of JSON.</summary>
/// <param name="Seconds">Duration of each measured step.</param>
/// <param name="PeakMib">Peak memory of the process, in MiB.</param>
internal sealed record Measurement(
    [property: JsonPropertyName("seconds")] double[] Seconds, [property: JsonPropertyName("peak_mib")] double PeakMib)
{
    /// <summary>Peak memory after a tenth of the steps, in MiB; 0 if not measured.</summary>
    [JsonPropertyName("settled_mib")]
    public double SettledMib { get; init; }

    /// <summary>Times of the cases in <see cref="KernelCase.All"/>; empty if they were not measured.</summary>
    [JsonPropertyName("kernels")]
    public KernelTime[] Kernels { get; init; } = [];

    public static Measurement Parse(string json) => JsonSerializer.Deserialize<Measurement>(json)!;

    public override string ToString() => JsonSerializer.Serialize(this);
}

/// <summary>Seconds of a layer's forward and backward pass, by a fused kernel and by the operators that it replaces.</summary>
internal readonly record struct KernelTime(double Kernel, double Operators);

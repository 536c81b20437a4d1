using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Reports;

/// <summary>Metrics of an optimizer step; skipped steps do not have any.</summary>
/// <param name="Step">Number of completed steps, including this one.</param>
/// <param name="GradientNorm">Global norm of the gradient before clipping.</param>
/// <param name="ClipsPerSecond">Number of clips trained on per second.</param>
/// <param name="Elapsed">Training time so far, over all resumptions; stored in seconds.</param>
public sealed record TrainingStep(
    [property: JsonPropertyName("step")] int Step,
    [property: JsonPropertyName("loss")] double Loss,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("grad_norm")] double GradientNorm,
    [property: JsonPropertyName("clips_per_second")] double ClipsPerSecond,
    [property: JsonPropertyName("elapsed"), JsonConverter(typeof(SecondsConverter))] TimeSpan Elapsed)
{
    /// <summary>
    /// Training compute up to this step in TFLOP (10^12 operations), including the training of the initial weights and the autoencoder. <c>null</c> if a
    /// checkpoint that the run depends on does not contain it.
    /// </summary>
    [JsonPropertyName("tflop")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Tflop { get; init; }

    /// <summary>Other metrics of this step by name: parts of the loss, and <c>val.*</c> if there was a validation; <c>null</c> if there are none.</summary>
    [JsonPropertyName("scalars")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextTable<double>? Scalars { get; init; }

    /// <summary>Number of CPU threads, which affects the rounding of the results; <c>null</c> on a GPU.</summary>
    [JsonPropertyName("threads")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Threads { get; init; }

    /// <summary>Examples that each process used, in order of rank, as indices into the data; <c>null</c> for a single process.</summary>
    [JsonPropertyName("examples")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextList<TextList<int>>? Examples { get; init; }

    /// <summary>Folder of the run; <c>null</c> in steps that were read from the metrics file.</summary>
    [JsonIgnore]
    public string? ResultsPath { get; init; }

    /// <summary>Path of the checkpoint saved after this step; <c>null</c> if there is none.</summary>
    [JsonIgnore]
    public string? Checkpoint { get; init; }

    /// <summary>Path of the sample grid drawn after this step; <c>null</c> if there is none.</summary>
    [JsonIgnore]
    public string? Sample { get; init; }

    /// <summary>Returns the values on one line.</summary>
    public override string ToString() => FormattableString.Invariant($"step {Step}: loss {Loss:0.0000}");
}

/// <summary>Converts time spans in JSON to and from numbers of seconds, which other programs can also read.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    // A number beyond the range of TimeSpan is invalid.
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var seconds = reader.GetDouble();
        return Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds ? Rounded(TimeSpan.FromSeconds(seconds))
            : throw new JsonException($"{seconds} seconds is not a valid time.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value.TotalSeconds, 3));

    /// <summary>Rounds a time span to milliseconds, the precision of the file, so that reading the file returns the same value.</summary>
    public static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds));
}

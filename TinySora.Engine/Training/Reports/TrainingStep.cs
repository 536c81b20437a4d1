using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Reports;

/// <summary>What one optimizer step measured. A step that was skipped has none.</summary>
/// <param name="Step">Steps completed, this one included.</param>
/// <param name="GradientNorm">Global norm of the gradient before clipping.</param>
/// <param name="ClipsPerSecond">Clips trained on per second.</param>
/// <param name="Elapsed">Training time so far, over all resumptions; in the file as seconds.</param>
public sealed record TrainingStep(
    [property: JsonPropertyName("step")] int Step,
    [property: JsonPropertyName("loss")] double Loss,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("grad_norm")] double GradientNorm,
    [property: JsonPropertyName("clips_per_second")] double ClipsPerSecond,
    [property: JsonPropertyName("elapsed"), JsonConverter(typeof(SecondsConverter))] TimeSpan Elapsed)
{
    /// <summary>
    /// The arithmetic of training up to this step in TFLOP (10^12 operations), that of the weights and the autoencoder it began with included.
    /// Null: the run goes back to a checkpoint that does not tell its own.
    /// </summary>
    [JsonPropertyName("tflop")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Tflop { get; init; }

    /// <summary>What else was measured at this step by name: parts of the loss, and <c>val.*</c> of a validation. Null: nothing.</summary>
    [JsonPropertyName("scalars")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextTable<double>? Scalars { get; init; }

    /// <summary>Threads that the step was computed with on the processor, on which its last bits depend; null on a GPU.</summary>
    [JsonPropertyName("threads")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Threads { get; init; }

    /// <summary>
    /// The examples that each process took, by their numbers in the data and in the order of the ranks; null where one process took all.
    /// </summary>
    [JsonPropertyName("examples")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextList<TextList<int>>? Examples { get; init; }

    /// <summary>The folder of the run; null in what is read from there.</summary>
    [JsonIgnore]
    public string? ResultsPath { get; init; }

    /// <summary>The checkpoint that was saved after this step.</summary>
    [JsonIgnore]
    public string? Checkpoint { get; init; }

    /// <summary>The sample grid that was drawn after this step.</summary>
    [JsonIgnore]
    public string? Sample { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"step {Step}: loss {Loss:0.0000}");
}

/// <summary>A time as its seconds, which any program that reads JSON can take.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    // What no TimeSpan can hold is no time that anything took.
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var seconds = reader.GetDouble();
        return Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds ? Rounded(TimeSpan.FromSeconds(seconds))
            : throw new JsonException($"{seconds} seconds are no time.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value.TotalSeconds, 3));

    /// <summary>A time rounded to milliseconds as they are written, so that reading gives it back.</summary>
    public static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds));
}

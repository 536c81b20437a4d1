using System.Text.Json;
using System.Text.Json.Serialization;

namespace TinySora.Engine.Training.Reports;

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

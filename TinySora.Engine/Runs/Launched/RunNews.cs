using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Launched;

/// <summary>What a run tells the process that has started it: one of these, as a line of JSON.</summary>
internal sealed record RunNews
{
    private static readonly JsonSerializerOptions Form = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new ConfigConverter() },
    };

    public string? Starting { get; init; }

    public TrainingProgress? Progress { get; init; }

    public TrainingStep? Step { get; init; }

    /// <summary>The checkpoint of the step, which the step's own JSON, that of the metrics, leaves out.</summary>
    public string? Checkpoint { get; init; }

    /// <inheritdoc cref="Checkpoint"/>
    public string? Sample { get; init; }

    public string? Announcement { get; init; }

    public string? Message { get; init; }

    public string? Warning { get; init; }

    public RunEvent? Event { get; init; }

    /// <summary>The result of a run that has ended well; null: it has not.</summary>
    public TrainingResult? Result { get; init; }

    /// <summary>The failure of a run; null: none.</summary>
    public RunAnswer.Refusal? Failure { get; init; }

    /// <summary>The run was ended before there was anything to save.</summary>
    public bool? IsCancelled { get; init; }

    /// <summary>The content as one line of JSON.</summary>
    public static string Write<T>(T content) => JsonSerializer.Serialize(content, Form);

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Form)!;

    private sealed class ConfigConverter : JsonConverter<RunConfig>
    {
        public override RunConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ConfigFile.Parse(reader.GetString()!, "the configuration of the run");

        public override void Write(Utf8JsonWriter writer, RunConfig value, JsonSerializerOptions options) =>
            writer.WriteStringValue(ConfigFile.ToYaml(value));
    }
}

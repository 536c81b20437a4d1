using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Runs.Queue;

/// <summary>
/// Serializes requests, reports and queue entries of runs as single lines of JSON. A configuration is serialized as the text of its YAML file.
/// </summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Form = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new ConfigConverter() },
    };

    /// <summary>Returns the content as one line of JSON.</summary>
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

using System.Text.Json;
using System.Text.Json.Nodes;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// The two JSON files that <c>save_to_disk</c> in Hugging Face datasets writes next to the data: dataset_info.json describes the columns, and state.json
/// lists the data files in order.
/// </summary>
internal static class HuggingFaceFolder
{
    private const string InfoName = "dataset_info.json";
    private const string StateName = "state.json";
    private const string FilesKey = "_data_files";

    /// <summary>Maximum length of a JSON file in bytes, which normally contains a few lines per data file.</summary>
    private const long LongestState = 16 << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <exception cref="TinySoraException">TinySora.Data.NoArrowDataset.</exception>
    public static IReadOnlyList<string> DataFiles(string folder)
    {
        var path = Path.Combine(folder, StateName);
        if (!File.Exists(path))
        {
            throw ArrowErrors.NoDataset(folder, Directory.Exists(folder) ? $"it has no {StateName}" : "it does not exist");
        }

        try
        {
            if (FileStamp.Of(path) is { Length: > LongestState })
            {
                throw new InvalidDataException($"{StateName} is longer than {LongestState} bytes");
            }

            using var state = JsonDocument.Parse(File.ReadAllBytes(path));
            if (state.RootElement.TryGetProperty("_indices_data_files", out var indices)
                && indices.ValueKind == JsonValueKind.Array && indices.GetArrayLength() > 0)
            {
                throw new InvalidDataException("its rows are selected by an indices table; write them out with flatten_indices() in Python");
            }

            return [.. state.RootElement.GetProperty(FilesKey).EnumerateArray()
                .Select(file => Path.Combine(folder, PlainName(file.GetProperty("filename").GetString())))];
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw ArrowErrors.NoDataset(folder, e is InvalidDataException ? e.Message : $"{StateName} cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Returns the description of a dataset; empty if there is none or it cannot be read.</summary>
    public static string Description(string folder)
    {
        try
        {
            var path = Path.Combine(folder, InfoName);
            return FileStamp.Of(path) is { Length: <= LongestState } && JsonNode.Parse(File.ReadAllBytes(path)) is JsonObject info
                && info["description"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
        }
        // The JSON reader reports duplicates and values that are not text only when they are accessed.
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException or InvalidOperationException or ArgumentException)
        {
            return "";
        }
    }

    /// <summary>Returns the schema metadata for the <c>huggingface</c> key.</summary>
    public static string SchemaMetadata(IReadOnlyList<ArrowColumn> columns) =>
        new JsonObject { ["info"] = new JsonObject { ["features"] = Features(columns) } }.ToJsonString();

    /// <param name="fingerprint">Fingerprint, which must differ for datasets with different contents because the library's caches depend on it.</param>
    public static void Write(
        string folder, IReadOnlyList<ArrowColumn> columns, IEnumerable<string> dataFiles, string fingerprint, string? split, string description)
    {
        var info = new JsonObject { ["citation"] = "", ["description"] = description, ["features"] = Features(columns), ["homepage"] = "", ["license"] = "" };
        var state = new JsonObject
        {
            [FilesKey] = new JsonArray([.. dataFiles.Select(name => (JsonNode)new JsonObject { ["filename"] = name })]),
            ["_fingerprint"] = fingerprint,
            ["_format_columns"] = null,
            ["_format_kwargs"] = new JsonObject(),
            ["_format_type"] = null,
            ["_output_all_columns"] = false,
            ["_split"] = split,
        };
        File.WriteAllText(Path.Combine(folder, InfoName), info.ToJsonString(Indented));
        File.WriteAllText(Path.Combine(folder, StateName), state.ToJsonString(Indented));
    }

    private static JsonObject Features(IReadOnlyList<ArrowColumn> columns) =>
        new(columns.Select(column => KeyValuePair.Create(column.Name, (JsonNode?)Feature(column.Element, column.Rank))));

    private static JsonObject Feature(ArrowElement element, int rank) => rank > 0
        ? new JsonObject { ["feature"] = Feature(element, rank - 1), ["_type"] = "Sequence" }
        : new JsonObject { ["dtype"] = element == ArrowElement.Text ? "string" : element.ToString().ToLowerInvariant(), ["_type"] = "Value" };

    private static string PlainName(string? name) => string.IsNullOrEmpty(name) || name is "." or ".." || name.IndexOfAny(['/', '\\', ':', '\0']) >= 0
        ? throw new InvalidDataException($"{StateName} lists the file '{name}', which is not a file name in this folder")
        : name;
}

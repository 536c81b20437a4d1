using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>
/// Reads and writes recipes as comments in GIF, PNG and MP4 files. The text is JSON in ASCII, which every metadata format preserves. Files are untrusted, so
/// any other form is rejected.
/// </summary>
public static class RecipeText
{
    /// <summary>First key of a recipe, which distinguishes it from other comments. Its value is the version of the recipe format.</summary>
    internal const string VersionKey = "tinySoraRecipe";

    /// <summary>Maximum length of a recipe in characters. A typical recipe has about 600 characters plus its prompts.</summary>
    public const int LongestText = 1 << 16;

    /// <summary>Maximum nesting depth of the JSON text, which contains simple values, a vector and an object with settings.</summary>
    private const int MaxDepth = 3;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = MaxDepth,
        Converters = { new SettingConverter() },
    };

    /// <summary>Returns the recipe of a generated file.</summary>
    /// <exception cref="TinySoraException">NoRecipe, NewerRecipe, DamagedRecipe, and those of <see cref="ClipFile.ReadComment"/>.</exception>
    public static Recipe Read(string path) => Parse(ClipFile.ReadComment(path), path);

    /// <summary>Returns the recipe of a file; <c>null</c> if the file does not contain a readable recipe.</summary>
    internal static Recipe? TryRead(string path) => OnFailure.Recover(null, () => Read(path));

    public static string Write(Recipe recipe)
    {
        var portable = recipe with
        {
            Checkpoint = Path.GetFileName(recipe.Checkpoint), From = Path.GetFileName(recipe.From), To = Path.GetFileName(recipe.To),
        };
        return JsonSerializer.Serialize(portable, Json);
    }

    /// <param name="path">Path of the file, for messages.</param>
    /// <exception cref="TinySoraException">NoRecipe, NewerRecipe, DamagedRecipe.</exception>
    internal static Recipe Parse(string? text, string path)
    {
        if (text is null || !text.StartsWith($"{{\"{VersionKey}\":", StringComparison.Ordinal))
        {
            throw GenerationErrors.NoRecipe(path);
        }

        if (text.Length > LongestText)
        {
            throw GenerationErrors.DamagedRecipe(path, $"it has {text.Length} characters, more than {LongestText}");
        }

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var version = document.RootElement.GetProperty(VersionKey).GetInt32();
            if (version > Recipe.CurrentVersion)
            {
                throw GenerationErrors.NewerRecipe(path, version, Recipe.CurrentVersion);
            }

            if (version < 1)
            {
                throw GenerationErrors.DamagedRecipe(path, $"its version is {version}");
            }

            var recipe = JsonSerializer.Deserialize<Recipe>(text, Json)!;
            return Problem(recipe) is string problem ? throw GenerationErrors.DamagedRecipe(path, problem) : recipe;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw GenerationErrors.DamagedRecipe(path, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Checks the text values of a recipe, because they are displayed and used in paths. Numbers are checked where they are used.</summary>
    private static string? Problem(Recipe recipe)
    {
        string?[] needed = [recipe.ModelHash, recipe.Checkpoint, recipe.TinySoraVersion, recipe.LibTorchVersion, recipe.DeviceType,
            recipe.Precision];
        string?[] others = [recipe.Prompt, recipe.NegativePrompt, recipe.From, recipe.FromHash, recipe.To, recipe.ToHash, recipe.Processor,
            recipe.TorchFlavor, recipe.Weights, recipe.Sampler, .. (recipe.Settings ?? []).SelectMany(setting => new[] { setting.Key, $"{setting.Value}" })];
        string?[] files = [recipe.Checkpoint, recipe.From, recipe.To];
        return needed.Any(string.IsNullOrWhiteSpace) || (recipe.Sampler is not null && string.IsNullOrWhiteSpace(recipe.Sampler)) ? "a required value is empty"
            : needed.Concat(others).Any(text => text?.Any(IsControl) == true) ? "a value contains control characters"
            : recipe.Adapter?.TrueForAll(AppliedAdapter.IsName) == false ? "an adapter has no valid name"
            : files.Any(file => file.AsSpan().IndexOfAny('/', '\\') >= 0) ? "it contains a path instead of a file name"
            : null;
    }

    /// <summary>Replaces characters that recipes do not allow, such as line breaks in spreadsheet cells, with spaces.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => IsControl(c) ? ' ' : c));

    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\t' or '\n' or '\r');

    /// <summary>Converts settings in JSON to numbers, strings and Booleans, which can be written to JSON or to a table again.</summary>
    private sealed class SettingConverter : JsonConverter<object>
    {
        public override object Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out var whole) ? (object)whole : reader.GetDouble(),
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.True or JsonTokenType.False => reader.GetBoolean(),
            _ => throw new JsonException("A setting must be a number, a string, or true or false."),
        };

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value, value.GetType());
    }
}

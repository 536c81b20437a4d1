using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>
/// Recipes as the comment of a GIF, PNG or MP4 file: JSON of ASCII characters only, so that no metadata format damages it.
/// What is read comes from outside and is taken only in exactly this form.
/// </summary>
public static class RecipeText
{
    /// <summary>The first key of the text: tells a recipe from any other comment, and its version.</summary>
    internal const string VersionKey = "tinySoraRecipe";

    /// <summary>The longest text in characters; a recipe has some six hundred and its prompts.</summary>
    public const int LongestText = 1 << 16;

    /// <summary>A recipe is an object of plain values, a vector and the settings.</summary>
    private const int MostDepth = 3;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = MostDepth,
        Converters = { new SettingConverter() },
    };

    /// <summary>The recipe of a generated file.</summary>
    /// <exception cref="TinySoraException">NoRecipe, NewerRecipe, DamagedRecipe, and those of <see cref="ClipFile.ReadComment"/>.</exception>
    public static Recipe Read(string path) => Parse(ClipFile.ReadComment(path), path);

    /// <summary>The prompt of a generated file; null if it has none, or if the file was not generated.</summary>
    internal static string? PromptOf(string path)
    {
        try
        {
            return Read(path).Prompt;
        }
        catch (TinySoraException)
        {
            return null;
        }
    }

    public static string Write(Recipe recipe)
    {
        var portable = recipe with
        {
            Checkpoint = Path.GetFileName(recipe.Checkpoint), From = Path.GetFileName(recipe.From), To = Path.GetFileName(recipe.To),
        };
        return JsonSerializer.Serialize(portable, Json);
    }

    /// <param name="path">The file, for messages.</param>
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
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MostDepth });
            var version = document.RootElement.GetProperty(VersionKey).GetInt32();
            if (version != Recipe.CurrentVersion)
            {
                throw GenerationErrors.NewerRecipe(path, version, Recipe.CurrentVersion);
            }

            var recipe = JsonSerializer.Deserialize<Recipe>(text, Json)!;
            return Problem(recipe) is string problem ? throw GenerationErrors.DamagedRecipe(path, problem) : recipe;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw GenerationErrors.DamagedRecipe(path, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Texts end up on the screen and in paths; numbers are judged where they are used.</summary>
    private static string? Problem(Recipe recipe)
    {
        string?[] needed = [recipe.ModelHash, recipe.Checkpoint, recipe.TinySoraVersion, recipe.LibTorchVersion, recipe.DeviceType,
            recipe.Precision];
        string?[] others = [recipe.Prompt, recipe.NegativePrompt, recipe.From, recipe.FromHash, recipe.To, recipe.ToHash, recipe.Processor,
            recipe.TorchFlavor, recipe.Weights, recipe.Sampler, .. (recipe.Settings ?? []).SelectMany(setting => new[] { setting.Key, $"{setting.Value}" })];
        string?[] files = [recipe.Checkpoint, recipe.From, recipe.To];
        return needed.Any(string.IsNullOrWhiteSpace) || (recipe.Sampler is not null && string.IsNullOrWhiteSpace(recipe.Sampler)) ? "a name in it is empty"
            : needed.Concat(others).Any(text => text?.Any(IsControl) == true) ? "a text in it holds control characters"
            : files.Any(file => file.AsSpan().IndexOfAny('/', '\\') >= 0) ? "it names a path instead of a file"
            : null;
    }

    /// <summary>A text with blanks for what a recipe may not hold, as the breaks of lines within a cell of a spreadsheet.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => IsControl(c) ? ' ' : c));

    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\t' or '\n' or '\r');

    /// <summary>Settings as plain numbers, texts and truth values, which what reads a recipe can write again as JSON or in a table.</summary>
    private sealed class SettingConverter : JsonConverter<object>
    {
        public override object Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out var whole) ? (object)whole : reader.GetDouble(),
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.True or JsonTokenType.False => reader.GetBoolean(),
            _ => throw new JsonException("A setting is a number, a text, true or false."),
        };

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value, value.GetType());
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.Weights;

/// <summary>Values that the metadata of a file of weights has as JSON. Such a file may be from anybody.</summary>
internal static class MetadataJson
{
    /// <summary>What a validation measures may be infinite, or no number.</summary>
    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Form);

    /// <summary>The value of a key; null: there is no such key.</summary>
    /// <param name="isSound">Whether a value is one that the key can have.</param>
    /// <param name="damaged">The error for any other; gets the text that is there.</param>
    public static T? Read<T>(
        IReadOnlyDictionary<string, string> metadata, string key, Func<T, bool> isSound, Func<string, TinySoraException> damaged)
        where T : class
    {
        if (!metadata.TryGetValue(key, out var text))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(text, Form) is T value && isSound(value) ? value : throw damaged(text);
        }
        catch (JsonException)
        {
            throw damaged(text);
        }
    }
}

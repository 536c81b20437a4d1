using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.Weights;

/// <summary>Reads JSON values in the metadata of weight files, which may be untrusted.</summary>
internal static class MetadataJson
{
    /// <summary>Serializer options that allow infinity and NaN, which may be the result of a validation.</summary>
    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Form);

    /// <summary>Returns the value of a key; <c>null</c> if the key is missing.</summary>
    /// <param name="isSound">Whether a value is valid for the key.</param>
    /// <param name="damaged">Creates the error for an invalid value, given the value's text.</param>
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

using System.Text.Json;
using System.Text.Json.Serialization;

namespace TinySora.Engine.Studio;

/// <summary>What the page asks for: a clip, or several of seeds that count up.</summary>
internal sealed record ClipAsk
{
    /// <summary>The name that the page gave itself, see <see cref="Turns"/>; null: none, and it shares its turns with all that have none.</summary>
    public string? Page { get; init; }

    /// <summary>The number of the request, which counts up on the page.</summary>
    public long Turn { get; init; }

    public string? Prompt { get; init; }

    public string? NegativePrompt { get; init; }

    public long Seed { get; init; }

    /// <summary>Clips to make, with seeds from <see cref="Seed"/> on.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Settings of the model by name, numbers or texts; what is not named the model decides.</summary>
    public Dictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>The name of a clip or picture that was dropped on the page; null: from noise alone.</summary>
    public string? Start { get; init; }

    /// <summary>The share of noise in the start; null: the usual one.</summary>
    public double? Noise { get; init; }

    /// <summary>Somebody is typing: fewer steps will do, so that it is there before the next key.</summary>
    public bool Draft { get; init; }

    /// <summary>The settings as requests of generation have them.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, object> Values => (Settings ?? []).ToDictionary(setting => setting.Key, object (setting) => setting.Value.ToString());
}

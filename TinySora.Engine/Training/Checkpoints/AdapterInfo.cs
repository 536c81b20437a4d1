using System.Globalization;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Describes an adapter: low-rank updates of a base model's weights that a run has learned; see <see cref="Optimization.LowRankUpdates"/>.</summary>
/// <param name="Name">Name of the adapter, from which recipes refer to it.</param>
/// <param name="Base">Path or file name of the base model's checkpoint.</param>
/// <param name="BaseHash">Hash of the base model's weights, see <see cref="ModelWeights.Hash"/>.</param>
/// <param name="Rank">Rank of the updates.</param>
/// <param name="Words">Words that the adapter adds to the vocabulary of a learned text encoder.</param>
public sealed record AdapterInfo(string Name, string Base, string BaseHash, int Rank, TextList<string> Words)
{
    /// <summary>Name of the file in a run's results folder that contains only the adapter.</summary>
    public const string FileName = "adapter.safetensors";

    internal const string MetadataKey = "adapter";

    /// <summary>Name of the base model.</summary>
    [JsonIgnore]
    public string BaseModel => ModelName.Of(Base);

    [JsonIgnore]
    internal bool IsSound => IsName(Name) && !string.IsNullOrWhiteSpace(Base) && BaseHash is { Length: 64 } && Rank > 0 && Words?.Contains(null!) == false;

    /// <summary>Returns whether a text can be the name of an adapter: a file name without = and commas.</summary>
    internal static bool IsName(string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Trim('.', ' ') == text && !text.Any(c => char.IsControl(c) || "/\\:*?\"<>|=,;".Contains(c));

    public override string ToString() => $"{BaseModel} (adapter {Name}{(Words.Count == 0 ? "" : $" with {Words}")})";
}

/// <summary>An adapter that is used with a base model.</summary>
/// <param name="Path">Path of the adapter's file.</param>
/// <param name="Strength">Factor of the updates; 1 for the adapter as it was trained, 0 to leave it out.</param>
public sealed record AppliedAdapter(string Path, double Strength = 1)
{
    /// <summary>Maximum absolute strength.</summary>
    private const double MaxStrength = 10;

    /// <summary>Splits a text such as cat or cat=0.8 into the name or path of an adapter and its strength.</summary>
    /// <exception cref="TinySoraException">BadStrength.</exception>
    public static (string Name, double Strength) Parse(string text)
    {
        var at = text.LastIndexOf('=');
        return at < 0 ? (text.Trim(), 1)
            : at > 0 && double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var strength)
                && Math.Abs(strength) <= MaxStrength
                ? (text[..at].Trim(), strength)
                : throw AdapterErrors.BadStrength(text, MaxStrength);
    }

    /// <summary>Returns whether a text in a recipe is a name, not a path, with an optional strength.</summary>
    internal static bool IsName(string? text) => OnFailure.Recover(false, () => text is not null && AdapterInfo.IsName(Parse(text).Name));

    /// <summary>Returns the text for a recipe, see <see cref="Parse"/>.</summary>
    internal static string Text(string name, double strength) =>
        strength == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}={strength}");
}

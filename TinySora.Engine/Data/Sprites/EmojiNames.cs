using TinySora.Engine.Text;

namespace TinySora.Engine.Data.Sprites;

/// <summary>Names of the things in the standard sprite world.</summary>
public static class EmojiNames
{
    private static readonly Lazy<IReadOnlyList<string>> Phrases = new(() =>
        [.. SpriteNames.Standard.SelectMany(row => row.Name.Words).SelectMany(word => new[] { word.Singular, word.Plural }).Select(Spaced).Distinct()]);

    /// <summary>Returns the noun for an emoji; <c>null</c> if the world does not contain it.</summary>
    /// <param name="emoji">Text that starts with the emoji.</param>
    public static string? Of(string emoji) =>
        SpriteNames.Standard.FirstOrDefault(row => row.CodePoint == char.ConvertToUtf32(emoji, 0))?.Name.Noun;

    /// <summary>Returns whether a text contains the name of one of the things.</summary>
    public static bool AreIn(string text) => Spaced(text) is var spaced && Phrases.Value.Any(phrase => spaced.Contains(phrase, StringComparison.Ordinal));

    private static string Spaced(string text) => $" {string.Join(' ', WordTokenizer.Words(text))} ";
}

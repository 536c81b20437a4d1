namespace TinySora.Host;

/// <summary>Turns a shell's arguments into PowerShell's text.</summary>
internal static class CommandLine
{
    /// <summary>One word is PowerShell as it stands. Of several, those with blanks are texts, unless they begin like PowerShell's own syntax.</summary>
    public static string Text(string[] words) => words.Length == 1 ? words[0] : string.Join(' ', words.Select((word, i) =>
        i > 0 && (word.Length == 0 || (word.Any(char.IsWhiteSpace) && !"{(@$|;'\"".Contains(word[0], StringComparison.Ordinal))) ? Quoted(word) : word));

    /// <summary>
    /// The parameters of a script: a word with a dash in front is a name, with its value after a colon or as the next word; all others are values.
    /// </summary>
    public static IEnumerable<(string? Name, object? Value)> Parameters(string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word.Length < 2 || word[0] != '-' || !(char.IsLetter(word[1]) || word[1] is '_' or '?'))
            {
                yield return (null, word);
            }
            else if (word.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                var value = word[(colon + 1)..];
                yield return (word[..colon], value.ToUpperInvariant() switch
                {
                    "$TRUE" => true,
                    "$FALSE" => false,
                    "" when i + 1 < words.Length => words[++i],
                    _ => value,
                });
            }
            else
            {
                // Whether it is a switch or the next word is its value, the binder knows.
                yield return (word, null);
            }
        }
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";
}

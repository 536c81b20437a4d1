using System.Text;
using System.Text.RegularExpressions;

namespace System.Management.Automation;

/// <summary>Patterns with <c>*</c>, <c>?</c>, <c>[a-c]</c> and the backtick as escape.</summary>
public sealed class WildcardPattern
{
    private const string Special = "*?[]";

    private readonly Regex regex;

    public WildcardPattern(string pattern)
        : this(pattern, WildcardOptions.None)
    {
    }

    /// <exception cref="WildcardPatternException">A bracket is not closed.</exception>
    public WildcardPattern(string pattern, WildcardOptions options)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var regexOptions = RegexOptions.Singleline | RegexOptions.CultureInvariant;
        regex = new Regex(ToRegex(pattern),
            options.HasFlag(WildcardOptions.IgnoreCase) ? regexOptions | RegexOptions.IgnoreCase : regexOptions);
    }

    public static bool ContainsWildcardCharacters(string pattern)
    {
        for (var i = 0; i < (pattern?.Length ?? 0); i++)
        {
            if (pattern![i] == '`')
            {
                i++;
            }
            else if (Special.Contains(pattern[i]))
            {
                return true;
            }
        }

        return false;
    }

    public static string Escape(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return string.Concat(pattern.Select(c => Special.Contains(c) ? $"`{c}" : c.ToString()));
    }

    public static string Unescape(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        StringBuilder plain = new(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            var escape = pattern[i] == '`' && i + 1 < pattern.Length && Special.Contains(pattern[i + 1]);
            plain.Append(escape ? pattern[++i] : pattern[i]);
        }

        return plain.ToString();
    }

    public bool IsMatch(string? input) => input is not null && regex.IsMatch(input);

    private static string ToRegex(string pattern)
    {
        StringBuilder regex = new("\\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    regex.Append(".*");
                    break;
                case '?':
                    regex.Append('.');
                    break;
                case '[':
                    var end = pattern.IndexOf(']', i + 1);
                    if (end <= i + 1)
                    {
                        throw new WildcardPatternException($"The specified wildcard character pattern is not valid: {pattern}");
                    }

                    // Only the hyphen keeps a meaning between brackets.
                    regex.Append('[').Append(Regex.Replace(pattern[(i + 1)..end], @"[\\\^\[\]]", @"\$0")).Append(']');
                    i = end;
                    break;
                case '`' when i + 1 < pattern.Length:
                    regex.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        return regex.Append("\\z").ToString();
    }
}

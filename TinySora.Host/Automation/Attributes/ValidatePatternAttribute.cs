using System.Text.RegularExpressions;

namespace System.Management.Automation;

/// <summary>The argument's text must match a regular expression.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidatePatternAttribute(string regexPattern) : ValidateEnumeratedArgumentsAttribute
{
    public string RegexPattern { get; } = regexPattern;

    protected override void ValidateElement(object? element)
    {
        var text = LanguagePrimitives.TextOf(element);
        if (!Regex.IsMatch(text, RegexPattern, RegexOptions.IgnoreCase))
        {
            throw new ValidationMetadataException(
                $"The argument \"{text}\" does not match the \"{RegexPattern}\" pattern. " +
                $"Supply an argument that matches \"{RegexPattern}\" and try the command again.");
        }
    }
}

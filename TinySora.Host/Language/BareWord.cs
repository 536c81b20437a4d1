using System.Management.Automation;

namespace TinySora.Host.Language;

/// <summary>A word without quotes: a number for a parameter of any type, else its text.</summary>
internal sealed record BareWord(string Text)
{
    public object Literal => Numbers.Literal(Text) ?? Text;
}

/// <summary>Values with commas between them, and how that was typed: a parameter that takes one text gets the latter.</summary>
internal sealed record ValueList(IReadOnlyList<object?> Items, string Text);

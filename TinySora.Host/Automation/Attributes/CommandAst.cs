namespace System.Management.Automation.Language;

/// <summary>Appears in the signature of completers; the host parses no scripts and never creates one.</summary>
public class CommandAst
{
    internal CommandAst()
    {
    }
}

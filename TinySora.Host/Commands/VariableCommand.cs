namespace TinySora.Commands;

/// <summary>A command about variables by name.</summary>
public abstract class VariableCommand : PSCmdlet
{
    [Parameter]
    public string? Scope { get; set; }

    /// <summary>The name as the language writes it; numbers of scopes are PowerShell's alone.</summary>
    protected string InScope(string name) => Scope is null ? name
        : int.TryParse(Scope, out _)
            ? throw new PSNotSupportedException("A scope by its number is known to PowerShell alone; here: Global, Script, Local, Private.")
        : $"{Scope}:{name}";
}

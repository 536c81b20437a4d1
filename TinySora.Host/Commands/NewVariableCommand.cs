namespace TinySora.Commands;

[Cmdlet(VerbsCommon.New, "Variable", SupportsShouldProcess = true)]
public sealed class NewVariableCommand : SetVariableCommand
{
    protected override void Set(string name, object? value)
    {
        if (!Force && SessionState.PSVariable.Get($"{Scope ?? "local"}:{name}") is not null)
        {
            WriteError(new ErrorRecord(
                new SessionStateException($"A variable with name '{name}' already exists."), "VariableAlreadyExists", ErrorCategory.ResourceExists, name));
            return;
        }

        base.Set(name, value);
    }
}

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Remove, "Variable", SupportsShouldProcess = true)]
public sealed class RemoveVariableCommand : VariableCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var name in Name.Where(name => ShouldProcess($"Name: {name}", "Remove variable")))
        {
            if (SessionState.PSVariable.Get(InScope(name)) is null)
            {
                WriteError(new ErrorRecord(
                    new ItemNotFoundException($"Cannot find a variable with the name '{name}'."), "VariableNotFound", ErrorCategory.ObjectNotFound, name));
                continue;
            }

            SessionState.PSVariable.Remove(InScope(name));
        }
    }
}

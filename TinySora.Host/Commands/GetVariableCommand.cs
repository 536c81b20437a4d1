namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Variable")]
[OutputType(typeof(PSVariable))]
public sealed class GetVariableCommand : VariableCommand
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    public SwitchParameter ValueOnly { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var isPattern = WildcardPattern.ContainsWildcardCharacters(name);
            var found = isPattern
                ? InvokeProvider.ChildItem.Get($"variable:{name}", recurse: false).Select(v => v.BaseObject).OfType<PSVariable>()
                    .OrderBy(v => v.Name, StringComparer.OrdinalIgnoreCase)
                : SessionState.PSVariable.Get(InScope(name)) is { } one ? [one] : Enumerable.Empty<PSVariable>();
            var all = found.ToArray();
            if (all.Length == 0 && !isPattern)
            {
                WriteError(new ErrorRecord(
                    new ItemNotFoundException($"Cannot find a variable with the name '{name}'."), "VariableNotFound", ErrorCategory.ObjectNotFound, name));
            }

            foreach (var variable in all)
            {
                WriteObject(ValueOnly ? variable.Value : variable);
            }
        }
    }
}

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Set, "Variable", SupportsShouldProcess = true)]
public class SetVariableCommand : VariableCommand
{
    private readonly List<object?> values = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    public object? Value { get; set; }

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => values.Add(Value);

    protected override void EndProcessing()
    {
        var value = values.Count == 1 ? values[0] : values.ToArray();
        foreach (var name in Name.Where(name => ShouldProcess($"Name: {name} Value: {value}", "Set variable")))
        {
            Set(name, value);
            if (PassThru)
            {
                WriteObject(SessionState.PSVariable.Get(InScope(name)));
            }
        }
    }

    /// <summary>Sets one variable.</summary>
    protected virtual void Set(string name, object? value)
    {
        SessionState.PSVariable.Set(InScope(name), value);
        if (Option != ScopedItemOptions.None)
        {
            SessionState.PSVariable.Get(InScope(name)).Options = Option;
        }
    }
}

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Alias")]
[OutputType(typeof(AliasInfo))]
public sealed class GetAliasCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    public string[] Definition { get; set; } = ["*"];

    protected override void ProcessRecord() => WriteObject(
        Name.SelectMany(name => SessionState.InvokeCommand.GetCommands(name, CommandTypes.Alias, nameIsPattern: true))
            .Where(alias => Definition.Any(d => WildcardPattern.Get(d, WildcardOptions.IgnoreCase).IsMatch(alias.Definition))),
        enumerateCollection: true);
}

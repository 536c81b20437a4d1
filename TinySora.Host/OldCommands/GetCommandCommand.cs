using System.ComponentModel;
using System.Management.Automation;
using TinySora.Host.Execution;

namespace TinySora.Host.Commands;

/// <summary>Lists commands.</summary>
[Cmdlet(VerbsCommon.Get, "Command")]
[Description("Lists commands.")]
[Alias("gcm")]
[OutputType(typeof(CmdletInfo))]
public sealed class GetCommandCommand : PSCmdlet, IHostCommand
{
    private HostSession session = null!;

    HostSession IHostCommand.Session
    {
        set => session = value;
    }

    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [SupportsWildcards]
    public string Module { get; set; } = "*";

    protected override void ProcessRecord()
    {
        WildcardPattern module = new(Module, WildcardOptions.IgnoreCase);
        foreach (var name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteNamed(name);
                continue;
            }

            WildcardPattern pattern = new(name, WildcardOptions.IgnoreCase);
            WriteObject(session.Commands.All.Select(c => c.Info).Where(c => pattern.IsMatch(c.Name) && module.IsMatch(c.ModuleName)),
                enumerateCollection: true);
        }
    }

    private void WriteNamed(string name)
    {
        try
        {
            WriteObject(session.Commands.Find(name).Info);
        }
        catch (CommandNotFoundException e)
        {
            WriteError(e.ErrorRecord);
        }
    }
}

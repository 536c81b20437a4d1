using System.ComponentModel;
using System.Management.Automation;
using TinySora.Host.Execution;

namespace TinySora.Host.Commands;

/// <summary>Explains a command.</summary>
[Cmdlet(VerbsCommon.Get, "Help")]
[Description("Explains a command.")]
[Alias("help")]
[OutputType(typeof(string))]
public sealed class GetHelpCommand : PSCmdlet, IHostCommand
{
    private HostSession session = null!;

    HostSession IHostCommand.Session
    {
        set => session = value;
    }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public string Name { get; set; } = "";

    protected override void ProcessRecord()
    {
        try
        {
            WriteObject(CmdletHelp.For(session.Commands.Find(Name), session).Lines(), enumerateCollection: true);
        }
        catch (CommandNotFoundException e)
        {
            WriteError(e.ErrorRecord);
        }
    }
}

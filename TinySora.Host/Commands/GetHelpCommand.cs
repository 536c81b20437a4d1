using System.ComponentModel;
using System.Management.Automation;
using TinySora.Host.Execution;

namespace TinySora.Host.Commands;

/// <summary>Explains a command, or shows an about_ topic; several names that match a pattern are listed.</summary>
[Cmdlet(VerbsCommon.Get, "Help")]
[Description("Explains a command, or shows an about_ topic.")]
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
        WildcardPattern pattern = new(Name, WildcardOptions.IgnoreCase);
        string[] topics = [.. session.Modules.SelectMany(m => m.TopicFiles).Where(f => pattern.IsMatch(NameOf(f)))];
        if (topics.Length > 0)
        {
            WriteObject(topics.Length == 1 ? File.ReadLines(topics[0]) : topics.Select(NameOf), enumerateCollection: true);
            return;
        }

        try
        {
            WriteObject(CmdletHelp.For(session.Commands.Find(Name), session).Lines(), enumerateCollection: true);
        }
        catch (CommandNotFoundException e)
        {
            WriteError(e.ErrorRecord);
        }
    }

    private static string NameOf(string topicFile) => Path.GetFileName(topicFile).Replace(".help.txt", "", StringComparison.Ordinal);
}

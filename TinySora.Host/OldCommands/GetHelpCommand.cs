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

    // Everything is shown anyway; the names are PowerShell's.
    [Parameter]
    public SwitchParameter Full { get; set; }

    [Parameter]
    public SwitchParameter Detailed { get; set; }

    [Parameter]
    public SwitchParameter Examples { get; set; }

    [Parameter]
    public string? Parameter { get; set; }

    /// <summary>Tells where the page of a command stands.</summary>
    [Parameter]
    public SwitchParameter Online { get; set; }

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
            WriteObject(Asked(CmdletHelp.For(session.Commands.Find(Name), session)), enumerateCollection: true);
        }
        catch (CommandNotFoundException e)
        {
            WriteError(e.ErrorRecord);
        }
    }

    private IEnumerable<string> Asked(CmdletHelp help) => Online ? [help.Online ?? $"{Name} has no page."]
        : Parameter is not null ? help.Parameters(new WildcardPattern(Parameter, WildcardOptions.IgnoreCase))
        : Examples ? help.Examples()
        : help.Lines();

    private static string NameOf(string topicFile) => Path.GetFileName(topicFile).Replace(".help.txt", "", StringComparison.Ordinal);
}

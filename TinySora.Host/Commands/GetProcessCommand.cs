using System.Diagnostics;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Process", DefaultParameterSetName = "Name")]
[OutputType(typeof(Process))]
public sealed class GetProcessCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID")]
    public int[] Id { get; set; } = [];

    protected override void ProcessRecord()
    {
        var all = Process.GetProcesses().OrderBy(p => p.ProcessName, StringComparer.OrdinalIgnoreCase).ThenBy(p => p.Id).ToArray();
        foreach (var asked in ParameterSetName == "Id" ? Id.Cast<object>() : Name)
        {
            var pattern = WildcardPattern.Get(asked as string ?? "", WildcardOptions.IgnoreCase);
            var found = all.Where(p => asked is int id ? p.Id == id : pattern.IsMatch(p.ProcessName)).ToArray();
            if (found.Length == 0 && !(asked is string name && WildcardPattern.ContainsWildcardCharacters(name)))
            {
                WriteError(new ErrorRecord(
                    new ItemNotFoundException(asked is int
                        ? $"Cannot find a process with the process identifier {asked}."
                        : $"Cannot find a process with the name \"{asked}\". Verify the process name and call the cmdlet again."),
                    asked is int ? "NoProcessFoundForGivenId" : "NoProcessFoundForGivenName", ErrorCategory.ObjectNotFound, asked));
            }

            WriteObject(found, enumerateCollection: true);
        }
    }
}

using System.Management.Automation.Runspaces;

namespace TinySora.Commands;

/// <summary>Stands for each command that PowerShell has and this module has not: it says so.</summary>
public sealed class MissingCommand : PSCmdlet
{
    private static readonly HashSet<string> Names = new(
        """
        Clear-Content Clear-Item Clear-ItemProperty Clear-Variable ConvertFrom-CliXml ConvertFrom-SecureString ConvertFrom-StringData ConvertTo-CliXml
        ConvertTo-Html ConvertTo-SecureString ConvertTo-Xml Copy-ItemProperty Debug-Process Debug-Runspace Disable-PSBreakpoint Disable-RunspaceDebug
        Enable-PSBreakpoint Enable-RunspaceDebug Export-Alias Export-Clixml Export-FormatData Export-PSSession Format-Custom Format-Hex Format-Wide
        Get-Clipboard Get-CmsMessage Get-Credential Get-Culture Get-Event Get-EventSubscriber Get-ExecutionPolicy Get-FormatData Get-ItemProperty
        Get-ItemPropertyValue Get-PfxCertificate Get-PSBreakpoint Get-PSCallStack Get-PSProvider Get-Runspace Get-RunspaceDebug Get-SecureRandom
        Get-TimeZone Get-TraceSource Get-TypeData Get-UICulture Get-Unique Get-Uptime Get-Verb Import-Alias Import-Clixml Import-LocalizedData
        Import-PSSession Invoke-Item Invoke-RestMethod Invoke-WebRequest Join-String Move-ItemProperty New-Alias New-Event New-ItemProperty
        New-TemporaryFile Protect-CmsMessage Register-EngineEvent Register-ObjectEvent Remove-Alias Remove-Event Remove-ItemProperty
        Remove-PSBreakpoint Remove-TypeData Rename-ItemProperty Restart-Computer Select-String Select-Xml Send-MailMessage Set-Clipboard Set-Date
        Set-ExecutionPolicy Set-Item Set-ItemProperty Set-PSBreakpoint Set-TraceSource Start-Process Start-ThreadJob Start-Transcript Stop-Computer
        Stop-Process Stop-Transcript Test-Connection Test-Json Trace-Command Unblock-File Unprotect-CmsMessage Unregister-Event Update-FormatData
        Update-List Update-TypeData Wait-Debugger Wait-Event Wait-Process
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);

    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>Arguments of any kind, which are ignored.</summary>
    [Parameter(ValueFromRemainingArguments = true)]
    public object[] Arguments { get; set; } = [];

    /// <summary>Answers for names that only PowerShell knows. A name qualified with PowerShell's module is taken for the command here.</summary>
    internal static void StandIn(Runspace runspace)
    {
        var commands = runspace.SessionStateProxy.InvokeCommand;
        commands.CommandNotFoundAction = (_, asked) =>
        {
            if (Names.Contains(asked.CommandName))
            {
                asked.Command = new CmdletInfo(asked.CommandName, typeof(MissingCommand));
            }
        };
        commands.PreCommandLookupAction = (_, asked) =>
        {
            if (asked.CommandName.StartsWith("Microsoft.PowerShell.", StringComparison.OrdinalIgnoreCase) && asked.CommandName.Split('\\') is [_, var name])
            {
                asked.Command = commands.GetCommand(name, CommandTypes.Cmdlet);
                asked.StopSearch = asked.Command is not null;
            }
        };
    }

    protected override void BeginProcessing() => ThrowTerminatingError(new ErrorRecord(
        new CommandNotFoundException(
            $"{MyInvocation.InvocationName} belongs to PowerShell and is missing here, where only its engine is. Install PowerShell, and in pwsh "
            + "Import-Module TinySora; or do without it."),
        "CommandMissingHere", ErrorCategory.NotInstalled, MyInvocation.InvocationName));
}

using System.Management.Automation;
using TinySora.Engine.Compute.Devices;

namespace TinySora.PowerShell.Cmdlets.Runtime;

/// <summary>Checks everything that the module needs on this machine, and writes an object per part, with advice.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraInstallation", HelpUri = HelpPages.Root + "Test-TinySoraInstallation.md")]
[OutputType(typeof(InstallationCheck), typeof(bool))]
public sealed class TestTinySoraInstallationCommand : TinySoraCmdlet
{
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    protected override void ProcessRecord()
    {
        var checks = InstallationDoctor.Examine(SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        WriteObject(Quiet ? checks.All(check => check.State != InstallationState.Failed) : checks, enumerateCollection: true);
    }
}

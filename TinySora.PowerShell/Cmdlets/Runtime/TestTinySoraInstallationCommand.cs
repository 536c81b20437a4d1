using System.Management.Automation;
using TinySora.Engine.Compute.Devices;

namespace TinySora.PowerShell.Cmdlets.Runtime;

/// <summary>Checks all components that the module needs on this machine, and writes an object with advice per component.</summary>
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

using System.Management.Automation;
using TinySora.Engine.Installation;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Runtime;

/// <summary>Installs the native libraries that the gallery package does not contain, or selects an existing libtorch installation.</summary>
[Cmdlet(VerbsLifecycle.Install, "TinySoraRuntime", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Install-TinySoraRuntime.md")]
[OutputType(typeof(InstalledRuntime))]
public sealed class InstallTinySoraRuntimeCommand : EngineCmdlet
{
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    [Parameter]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    public string? LibTorchPath { get; set; }

    [Parameter]
    [ValidateSet("cpu", "cuda")]
    public string? Backend { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void EndProcessing()
    {
        var installer = Require(() => new RuntimeInstaller(
            Source?.Select(source => RuntimeInstaller.IsAddress(source) ? source : Absolute(source)).ToList(),
            Backend?.ToLowerInvariant(),
            LibTorchPath is null ? null : Absolute(LibTorchPath)));
        if (!installer.HasWork)
        {
            WriteWarning("This module was built with its native libraries, so there is nothing to install.");
            return;
        }

        if (!Force && Existing(installer) is { } existing)
        {
            WriteVerbose($"All {existing.Files.Count} files in '{existing.Folder}' are installed and unchanged.");
            WriteObject(existing);
        }
        else if (ShouldProcess(installer.Folder, installer.Action))
        {
            RunWork(failureEndsPipeline: true, (writer, cancellation) => writer.Output(installer.Install(
                (share, package) => writer.Progress("Installing native libraries", package, share), cancellation)));
        }
    }

    private InstalledRuntime? Existing(RuntimeInstaller installer)
    {
        InstalledRuntime? existing = null;
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
            existing = installer.Existing(new ShareProgress(writer, "Checking native libraries", "SHA-512"), cancellation));
        return existing;
    }
}

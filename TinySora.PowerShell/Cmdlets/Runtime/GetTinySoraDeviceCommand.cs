using System.Management.Automation;
using TinySora.Engine.Compute.Devices;

namespace TinySora.PowerShell.Cmdlets.Runtime;

/// <summary>Shows what tensor work runs on: libtorch, its linear algebra, threads, GPUs, and what costs speed.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraDevice", HelpUri = HelpPages.Root + "Get-TinySoraDevice.md")]
[OutputType(typeof(RuntimeInfo))]
public sealed class GetTinySoraDeviceCommand : TinySoraCmdlet
{
    protected override void ProcessRecord() => WriteObject(Require(RuntimeInfo.Read));
}

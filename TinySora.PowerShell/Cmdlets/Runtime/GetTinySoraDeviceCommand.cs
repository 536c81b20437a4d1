using System.Management.Automation;
using TinySora.Engine.Compute.Devices;

namespace TinySora.PowerShell.Cmdlets.Runtime;

/// <summary>Shows the runtime for tensor operations: libtorch, its linear algebra library, threads, GPUs, and warnings about speed.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraDevice", HelpUri = HelpPages.Root + "Get-TinySoraDevice.md")]
[OutputType(typeof(RuntimeInfo))]
public sealed class GetTinySoraDeviceCommand : TinySoraCmdlet
{
    protected override void ProcessRecord() => WriteObject(Require(RuntimeInfo.Read));
}

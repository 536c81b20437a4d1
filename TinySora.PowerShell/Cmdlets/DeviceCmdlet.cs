using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Work whose caller may say on what it is computed.</summary>
public abstract class DeviceCmdlet : EngineCmdlet
{
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public virtual string Device { get; set; } = "auto";

    [Parameter]
    [ValidateRange(1, 1024)]
    [Number(IsWhole = true)]
    public virtual int? ThreadCount { get; set; }

    private protected override int? WorkThreads => ThreadCount;
}

using System.Management.Automation;

namespace TinySora.Host.Binding;

/// <summary>The parameters that every cmdlet has.</summary>
internal sealed class CommonParameters
{
    [Parameter]
    [Alias("vb")]
    public SwitchParameter Verbose { get; set; }

    [Parameter]
    [Alias("db")]
    public SwitchParameter Debug { get; set; }

    [Parameter]
    [Alias("ea")]
    [ValidateSet("SilentlyContinue", "Stop", "Continue", "Ignore")]
    public ActionPreference ErrorAction { get; set; } = ActionPreference.Continue;

    [Parameter]
    [Alias("wa")]
    [ValidateSet("SilentlyContinue", "Stop", "Continue", "Ignore")]
    public ActionPreference WarningAction { get; set; } = ActionPreference.Continue;

    [Parameter]
    [Alias("infa")]
    [ValidateSet("SilentlyContinue", "Stop", "Continue", "Ignore")]
    public ActionPreference InformationAction { get; set; } = ActionPreference.SilentlyContinue;

    [Parameter]
    [Alias("proga")]
    [ValidateSet("SilentlyContinue", "Continue", "Ignore")]
    public ActionPreference ProgressAction { get; set; } = ActionPreference.Continue;
}

/// <summary>The parameters of cmdlets that change something.</summary>
internal sealed class ShouldProcessParameters
{
    [Parameter]
    [Alias("wi")]
    public SwitchParameter WhatIf { get; set; }

    /// <summary>Null: asked only for actions of high impact.</summary>
    [Parameter]
    [Alias("cf")]
    public SwitchParameter? Confirm { get; set; }
}

using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>What a cmdlet declares about itself besides its name.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class CmdletCommonMetadataAttribute : CmdletMetadataAttribute
{
    /// <summary>The set taken when the arguments fit several.</summary>
    public string? DefaultParameterSetName { get; set; }

    /// <summary>The page that Get-Help -Online leads to.</summary>
    public string? HelpUri { get; set; }

    /// <summary>Adds -WhatIf and -Confirm.</summary>
    public bool SupportsShouldProcess { get; set; }

    /// <summary>From High on, ShouldProcess asks before it acts.</summary>
    public ConfirmImpact ConfirmImpact { get; set; } = ConfirmImpact.Medium;
}

namespace System.Management.Automation;

/// <summary>How grave an action is.</summary>
public enum ConfirmImpact
{
    None = 0,
    Low = 1,
    Medium = 2,
    High = 3,
}

namespace System.Management.Automation;

/// <summary>Text for the screen, as Write-Host sends it.</summary>
public class HostInformationMessage
{
    public string? Message { get; set; }

    public override string ToString() => Message ?? "";
}

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Where the pages of the cmdlets stand, for Get-Help -Online.</summary>
internal static class HelpPages
{
    public const string Root = "https://github.com/tinysora/tinysora/blob/main/docs/cmdlets/";
}

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Files of prompts that users pass instead of their content.</summary>
internal static class PromptFiles
{
    /// <summary>Returns the command that reads the prompts in a file; <c>null</c> if its extension is not one of such files.</summary>
    public static string? FindCommand(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => "Import-Csv",
        ".txt" => "Get-Content",
        _ => null,
    };
}

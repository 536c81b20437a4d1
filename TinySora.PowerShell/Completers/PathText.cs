using System.Management.Automation;

namespace TinySora.PowerShell.Completers;

/// <summary>Where files and folders are completed.</summary>
internal static class PathText
{
    /// <summary>
    /// What a completer that knows nothing says, so that PowerShell completes files and folders: only to null does it listen, a list
    /// without items ends the completion.
    /// </summary>
    public static IEnumerable<CompletionResult> LeftToPowerShell => null!;

    /// <summary>The results, or what leaves the word to PowerShell where there are none.</summary>
    public static IEnumerable<CompletionResult> OrFiles(this IReadOnlyCollection<CompletionResult> found) => found.Count == 0 ? LeftToPowerShell : found;
}

using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>An error as PowerShell's normal view shows it, with the advice.</summary>
internal static class ErrorView
{
    public static IEnumerable<string> Lines(ErrorRecord record)
    {
        var activity = record.CategoryInfo.Activity is { Length: > 0 } name ? name : "tinysora";
        yield return $"{activity}: {record}";
        yield return $"    + CategoryInfo          : {record.CategoryInfo.GetMessage()}";
        yield return $"    + FullyQualifiedErrorId : {record.FullyQualifiedErrorId}";
        if (record.ErrorDetails is { RecommendedAction.Length: > 0 } details)
        {
            yield return $"    + RecommendedAction     : {details.RecommendedAction}";
        }
    }
}

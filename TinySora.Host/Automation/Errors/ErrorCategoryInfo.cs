namespace System.Management.Automation;

/// <summary>The line that classifies an error: category, target, activity, reason.</summary>
public class ErrorCategoryInfo
{
    private const int LongestTarget = 40;

    internal ErrorCategoryInfo(ErrorCategory category, Exception exception, object? target)
    {
        var plain = PSObject.Base(target);
        Category = category;
        Reason = exception.GetType().Name;
        TargetName = plain is null ? "" : LanguagePrimitives.TextOf(plain);
        TargetType = plain?.GetType().Name ?? "";
    }

    public ErrorCategory Category { get; }

    /// <summary>What was being done: the command's name.</summary>
    public string Activity { get; set; } = "";

    /// <summary>The exception's type.</summary>
    public string Reason { get; set; }

    public string TargetName { get; set; }

    public string TargetType { get; set; }

    public string GetMessage() => $"{Category}: ({Shortened(TargetName)}:{TargetType}) [{Activity}], {Reason}";

    public override string ToString() => GetMessage();

    private static string Shortened(string text) =>
        text.Length <= LongestTarget ? text : $"{text[..(LongestTarget / 2 - 1)]}\u2026{text[^(LongestTarget / 2)..]}";
}

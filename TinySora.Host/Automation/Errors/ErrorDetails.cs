namespace System.Management.Automation;

/// <summary>A better message than the exception's, and what to do about the error.</summary>
public class ErrorDetails(string message)
{
    public string Message { get; } = message;

    public string RecommendedAction { get; set; } = "";

    public override string ToString() => Message;
}

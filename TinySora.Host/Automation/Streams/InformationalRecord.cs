namespace System.Management.Automation;

/// <summary>A message of a job.</summary>
public abstract class InformationalRecord
{
    internal InformationalRecord(string message) => Message = message;

    public string Message { get; set; }

    public override string ToString() => Message;
}

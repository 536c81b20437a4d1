namespace System.Management.Automation;

/// <summary>A message of a job.</summary>
public abstract class InformationalRecord
{
    internal InformationalRecord(string message) => Message = message;

    public string Message { get; set; }

    public override string ToString() => Message;
}

/// <summary>A message of the verbose stream.</summary>
public class VerboseRecord(string message) : InformationalRecord(message);

/// <summary>A message of the warning stream.</summary>
public class WarningRecord(string message) : InformationalRecord(message);

namespace System.Management.Automation;

/// <summary>A message of the verbose stream.</summary>
public class VerboseRecord(string message) : InformationalRecord(message);

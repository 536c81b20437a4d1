namespace System.Management.Automation;

/// <summary>A message of the warning stream.</summary>
public class WarningRecord(string message) : InformationalRecord(message);

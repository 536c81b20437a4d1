namespace System.Management.Automation;

/// <summary>An exception that knows how it is to be reported.</summary>
public interface IContainsErrorRecord
{
    ErrorRecord ErrorRecord { get; }
}

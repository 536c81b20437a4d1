namespace System.Management.Automation;

/// <summary>What validation and transformation attributes may ask the session.</summary>
public class EngineIntrinsics
{
    internal EngineIntrinsics(SessionState sessionState) => SessionState = sessionState;

    public SessionState SessionState { get; }
}

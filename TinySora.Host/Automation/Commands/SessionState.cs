namespace System.Management.Automation;

/// <summary>The session as its cmdlets see it.</summary>
public sealed class SessionState
{
    internal SessionState(string location) => Path = new PathIntrinsics(location);

    public PathIntrinsics Path { get; }
}

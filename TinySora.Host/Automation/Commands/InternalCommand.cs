namespace System.Management.Automation.Internal;

/// <summary>Base of <see cref="Cmdlet"/>.</summary>
public abstract class InternalCommand
{
    internal InternalCommand()
    {
    }
}

namespace System.Management.Automation;

/// <summary>-ErrorAction Stop made an error end the pipeline.</summary>
public class ActionPreferenceStopException : RuntimeException
{
    public ActionPreferenceStopException(string message)
        : base(message)
    {
    }
}

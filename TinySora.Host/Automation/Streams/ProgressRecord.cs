namespace System.Management.Automation;

/// <summary>The state of a long activity.</summary>
public class ProgressRecord
{
    private int percent = -1;
    private int parent = -1;

    public ProgressRecord(int activityId, string activity, string statusDescription)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(activityId);
        ArgumentException.ThrowIfNullOrEmpty(activity);
        ArgumentException.ThrowIfNullOrEmpty(statusDescription);
        (ActivityId, Activity, StatusDescription) = (activityId, activity, statusDescription);
    }

    public int ActivityId { get; }

    public string Activity { get; set; }

    public string StatusDescription { get; set; }

    public string? CurrentOperation { get; set; }

    /// <summary>The activity that this one is a part of, or -1.</summary>
    public int ParentActivityId
    {
        get => parent;
        set => parent = value == ActivityId
            ? throw new ArgumentException("An activity cannot be its own parent.", nameof(value))
            : value;
    }

    /// <summary>0 to 100, or -1 when unknown.</summary>
    public int PercentComplete
    {
        get => percent;
        set => percent = value <= 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Percent cannot be above 100.");
    }

    /// <summary>Estimate, or -1 when unknown.</summary>
    public int SecondsRemaining { get; set; } = -1;

    public ProgressRecordType RecordType { get; set; }

    public override string ToString() => $"parent = {ParentActivityId} id = {ActivityId} act = {Activity} " +
        $"stat = {StatusDescription} cur = {CurrentOperation} pct = {PercentComplete} sec = {SecondsRemaining} type = {RecordType}";
}

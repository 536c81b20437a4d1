namespace System.Management.Automation;

/// <summary>A message of the information stream.</summary>
public class InformationRecord(object messageData, string source)
{
    public object MessageData { get; } = messageData;

    public string Source { get; set; } = source;

    public DateTime TimeGenerated { get; set; } = DateTime.Now;

    public List<string> Tags { get; } = [];

    public override string ToString() => LanguagePrimitives.TextOf(MessageData);
}

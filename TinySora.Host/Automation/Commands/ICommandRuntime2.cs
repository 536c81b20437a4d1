namespace System.Management.Automation;

/// <summary>The calls that came later.</summary>
public interface ICommandRuntime2 : ICommandRuntime
{
    void WriteInformation(InformationRecord informationRecord);
}

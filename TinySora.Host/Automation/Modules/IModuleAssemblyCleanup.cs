namespace System.Management.Automation;

/// <summary>Code of a module that runs when it is removed; the host keeps its modules to the end and never calls it.</summary>
public interface IModuleAssemblyCleanup
{
    void OnRemove(PSModuleInfo? psModuleInfo);
}

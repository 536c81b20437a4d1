namespace System.Management.Automation;

/// <summary>Code of a module that runs once when it is loaded.</summary>
public interface IModuleAssemblyInitializer
{
    void OnImport();
}

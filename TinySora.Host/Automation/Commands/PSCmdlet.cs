using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>A cmdlet that sees the session: its own invocation, the current folder.</summary>
public abstract class PSCmdlet : Cmdlet
{
    /// <summary>The set that the arguments chose; <see cref="ParameterAttribute.AllParameterSets"/> while undecided.</summary>
    public string ParameterSetName { get; internal set; } = ParameterAttribute.AllParameterSets;

    public InvocationInfo MyInvocation { get; internal set; } = null!;

    public SessionState SessionState { get; internal set; } = null!;

    public ProviderIntrinsics InvokeProvider { get; } = new();

    /// <summary>The jobs of the session.</summary>
    public JobRepository JobRepository { get; internal set; } = null!;

    /// <summary>Returns null: the host has no variables.</summary>
    public object? GetVariableValue(string name) => GetVariableValue(name, null);

    /// <summary>Returns the default: the host has no variables.</summary>
    public object? GetVariableValue(string name, object? defaultValue) => defaultValue;

    /// <summary>Expands wildcards; throws <see cref="ItemNotFoundException"/> when a plain path does not exist.</summary>
    public Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider) =>
        SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);

    /// <summary>Makes a path absolute; the file need not exist and wildcards stay as they are.</summary>
    public string GetUnresolvedProviderPathFromPSPath(string path) =>
        SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
}

using System.Management.Automation;

namespace TinySora.PowerShell.Output;

/// <summary>Output streams of a pipeline or job, for work on another thread.</summary>
internal interface IWorkStreams
{
    /// <summary>Whether the receiver is stopping and no longer accepts progress.</summary>
    bool Stopping { get; }

    void Object(object value);

    void Error(ErrorRecord record);

    void Verbose(string text);

    void Warning(string text);

    /// <summary>Shows text like Write-Host.</summary>
    void Information(string text);

    void Progress(ProgressRecord record);
}

/// <summary>Output streams of a cmdlet, which must be used only on the pipeline's thread.</summary>
/// <param name="writeObject">Writes an object to the pipeline.</param>
internal sealed class CmdletStreams(Cmdlet cmdlet, Action<object> writeObject) : IWorkStreams
{
    public bool Stopping => cmdlet.Stopping;

    public void Object(object value) => writeObject(value);

    public void Error(ErrorRecord record) => cmdlet.WriteError(record);

    public void Verbose(string text) => cmdlet.WriteVerbose(text);

    public void Warning(string text) => cmdlet.WriteWarning(text);

    public void Information(string text) => Terminal.Show(cmdlet, [text]);

    public void Progress(ProgressRecord record) => cmdlet.WriteProgress(record);
}

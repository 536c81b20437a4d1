using System.Management.Automation;

namespace TinySora.PowerShell.Output;

/// <summary>Output streams of work on another thread: those of a pipeline or a job.</summary>
internal interface IWorkStreams
{
    /// <summary>Whether the receiver is stopping and accepts no more progress.</summary>
    bool Stopping { get; }

    void Object(object value);

    void Error(ErrorRecord record);

    void Verbose(string text);

    void Warning(string text);

    /// <summary>Shows text like Write-Host.</summary>
    void Information(string text);

    void Progress(ProgressRecord record);
}

/// <summary>Streams of a cmdlet. Use them on the pipeline's thread only.</summary>
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

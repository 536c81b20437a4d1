using System.Management.Automation;

namespace TinySora.PowerShell.Output;

/// <summary>Where work on another thread writes in the end: a pipeline, or a job.</summary>
internal interface IWorkStreams
{
    /// <summary>Whether the receiver has ended and wants no more progress.</summary>
    bool Stopping { get; }

    void Object(object value);

    void Error(ErrorRecord record);

    void Verbose(string text);

    void Warning(string text);

    /// <summary>Shows text as Write-Host does.</summary>
    void Information(string text);

    void Progress(ProgressRecord record);
}

/// <summary>The streams of a cmdlet; to be used on its pipeline's thread.</summary>
/// <param name="writeObject">Writes an object to its pipeline.</param>
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

using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>A command: parameters are its properties, objects come and go one at a time.</summary>
public abstract class Cmdlet : InternalCommand
{
    private volatile bool stopping;

    /// <summary>What carries out the writing and asking; the pipeline sets it.</summary>
    public ICommandRuntime CommandRuntime { get; set; } = null!;

    /// <summary>True once the user wants the pipeline to end.</summary>
    public bool Stopping => stopping;

    private ICommandRuntime2 Runtime => CommandRuntime as ICommandRuntime2
        ?? throw new InvalidOperationException($"{GetType().Name} does not run in a pipeline.");

    /// <summary>Runs once, before the first object arrives.</summary>
    protected virtual void BeginProcessing()
    {
    }

    /// <summary>Runs once per object, or once when nothing is piped in.</summary>
    protected virtual void ProcessRecord()
    {
    }

    /// <summary>Runs once, after the last object.</summary>
    protected virtual void EndProcessing()
    {
    }

    /// <summary>Called on another thread when the user interrupts.</summary>
    protected virtual void StopProcessing()
    {
    }

    public void WriteObject(object? sendToPipeline) => Runtime.WriteObject(sendToPipeline);

    public void WriteObject(object? sendToPipeline, bool enumerateCollection) =>
        Runtime.WriteObject(sendToPipeline, enumerateCollection);

    /// <summary>Reports a failure that the next object may survive.</summary>
    public void WriteError(ErrorRecord errorRecord) => Runtime.WriteError(errorRecord);

    public void WriteWarning(string text) => Runtime.WriteWarning(text);

    public void WriteVerbose(string text) => Runtime.WriteVerbose(text);

    public void WriteDebug(string text) => Runtime.WriteDebug(text);

    public void WriteProgress(ProgressRecord progressRecord) => Runtime.WriteProgress(progressRecord);

    public void WriteInformation(object messageData, string[]? tags)
    {
        InformationRecord record = new(messageData, GetType().FullName ?? GetType().Name);
        record.Tags.AddRange(tags ?? []);
        Runtime.WriteInformation(record);
    }

    /// <summary>Ends the whole pipeline with an error; does not return.</summary>
    [Diagnostics.CodeAnalysis.DoesNotReturn]
    public void ThrowTerminatingError(ErrorRecord errorRecord)
    {
        Runtime.ThrowTerminatingError(errorRecord);
        throw new PipelineStoppedException();
    }

    /// <summary>True when the action shall be done; false under -WhatIf or when the user declines.</summary>
    public bool ShouldProcess(string? target) => Runtime.ShouldProcess(target);

    public bool ShouldProcess(string? target, string? action) => Runtime.ShouldProcess(target, action);

    public bool ShouldProcess(string? verboseDescription, string? verboseWarning, string? caption) =>
        Runtime.ShouldProcess(verboseDescription, verboseWarning, caption);

    public bool ShouldProcess(
        string? verboseDescription, string? verboseWarning, string? caption, out ShouldProcessReason shouldProcessReason) =>
        Runtime.ShouldProcess(verboseDescription, verboseWarning, caption, out shouldProcessReason);

    /// <summary>Asks the user, whatever -Confirm says.</summary>
    public bool ShouldContinue(string query, string? caption) => Runtime.ShouldContinue(query, caption);

    internal void DoBeginProcessing() => BeginProcessing();

    internal void DoProcessRecord() => ProcessRecord();

    internal void DoEndProcessing() => EndProcessing();

    internal void DoStopProcessing()
    {
        stopping = true;
        StopProcessing();
    }
}

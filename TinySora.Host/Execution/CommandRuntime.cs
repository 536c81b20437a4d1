using System.Collections;
using System.Management.Automation;
using TinySora.Host.Binding;

namespace TinySora.Host.Execution;

/// <summary>What one cmdlet of a pipeline writes and asks, under its -Verbose, -ErrorAction and the like.</summary>
internal sealed class CommandRuntime(
    Pipeline pipeline, PipelineCommand command, CommonParameters common, ShouldProcessParameters shouldProcess, ConfirmImpact impact)
    : ICommandRuntime2
{
    private readonly Confirmation confirmation = new(pipeline.Streams, shouldProcess, impact);

    private IHostStreams Streams => pipeline.Streams;

    public void WriteObject(object? sendToPipeline)
    {
        RefuseIfNotRunning();
        pipeline.Pass(command.Index, sendToPipeline);
    }

    public void WriteObject(object? sendToPipeline, bool enumerateCollection)
    {
        if (!enumerateCollection || LanguagePrimitives.GetEnumerable(sendToPipeline) is not IEnumerable elements)
        {
            WriteObject(sendToPipeline);
            return;
        }

        foreach (var element in elements)
        {
            WriteObject(element);
        }
    }

    public void WriteError(ErrorRecord errorRecord)
    {
        RefuseIfNotRunning();
        ArgumentNullException.ThrowIfNull(errorRecord);
        command.Describe(errorRecord);
        switch (common.ErrorAction)
        {
            case ActionPreference.Stop:
                pipeline.Fail(errorRecord);
                throw new PipelineStoppedException();
            case ActionPreference.Continue:
                pipeline.HasErrors = true;
                Streams.Error(errorRecord);
                break;
        }
    }

    public void ThrowTerminatingError(ErrorRecord errorRecord)
    {
        ArgumentNullException.ThrowIfNull(errorRecord);
        command.Describe(errorRecord);
        pipeline.Fail(errorRecord);
        throw new PipelineStoppedException();
    }

    public void WriteWarning(string text)
    {
        RefuseIfNotRunning();
        switch (common.WarningAction)
        {
            case ActionPreference.Stop:
                ThrowTerminatingError(new ErrorRecord(
                    new ActionPreferenceStopException(text), "ActionPreferenceStop", ErrorCategory.OperationStopped, null));
                break;
            case ActionPreference.Continue:
                Streams.Warning(text);
                break;
        }
    }

    public void WriteVerbose(string text)
    {
        RefuseIfNotRunning();
        if (common.Verbose)
        {
            Streams.Verbose(text);
        }
    }

    public void WriteDebug(string text)
    {
        RefuseIfNotRunning();
        if (common.Debug)
        {
            Streams.Debug(text);
        }
    }

    public void WriteInformation(InformationRecord informationRecord)
    {
        RefuseIfNotRunning();
        if (common.InformationAction == ActionPreference.Continue
            || (common.InformationAction != ActionPreference.Ignore && informationRecord.Tags.Contains("PSHOST")))
        {
            Streams.Information(informationRecord);
        }
    }

    public void WriteProgress(ProgressRecord progressRecord)
    {
        RefuseIfNotRunning();
        if (common.ProgressAction == ActionPreference.Continue)
        {
            Streams.Progress(command.Index, progressRecord);
        }
    }

    public bool ShouldProcess(string? target) => ShouldProcess(target, command.Name);

    public bool ShouldProcess(string? target, string? action)
    {
        var text = $"Performing the operation \"{action}\" on target \"{target}\".";
        return ShouldProcess(text, text, null);
    }

    public bool ShouldProcess(string? verboseDescription, string? verboseWarning, string? caption) =>
        ShouldProcess(verboseDescription, verboseWarning, caption, out _);

    public bool ShouldProcess(
        string? verboseDescription, string? verboseWarning, string? caption, out ShouldProcessReason shouldProcessReason)
    {
        RefuseIfNotRunning();
        shouldProcessReason = shouldProcess.WhatIf ? ShouldProcessReason.WhatIf : ShouldProcessReason.None;
        return confirmation.ShouldProcess(verboseDescription ?? "", verboseWarning ?? "", caption, WriteVerbose);
    }

    public bool ShouldContinue(string query, string? caption)
    {
        RefuseIfNotRunning();
        return Streams.Ask(caption ?? "Confirm", query, offerAll: false) is Answer.Yes;
    }

    private void RefuseIfNotRunning()
    {
        if (!pipeline.IsOnItsThread || pipeline.Current != command)
        {
            throw new PSInvalidOperationException(
                "The WriteObject and WriteError methods cannot be called from outside the overrides of the BeginProcessing, " +
                "ProcessRecord, and EndProcessing methods, and they can only be called from within the same thread.");
        }

        pipeline.ThrowIfOverFor(command.Index);
    }
}

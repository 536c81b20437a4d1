using System.Management.Automation;
using System.Reflection;
using TinySora.Host.Binding;
using TinySora.Host.Language;

namespace TinySora.Host.Execution;

/// <summary>One cmdlet of a pipeline: its object, its parameters, its place.</summary>
internal sealed class PipelineCommand : IDisposable
{
    private readonly Pipeline pipeline;
    private readonly Cmdlet cmdlet;
    private readonly InvocationInfo invocation;
    private readonly PipelineBinder input;
    private readonly CommandRuntime runtime;
    private bool begun;
    private volatile bool ended;

    public PipelineCommand(Pipeline pipeline, HostSession session, CommandLine line, string text, int index)
    {
        (this.pipeline, Index) = (pipeline, index);
        var definition = session.Commands.Find(line.Name);
        invocation = new InvocationInfo(definition.Info, text);
        cmdlet = Create(definition);
        CommonParameters common = new();
        ShouldProcessParameters shouldProcess = new();
        runtime = new CommandRuntime(pipeline, this, common, shouldProcess, definition.Attribute.ConfirmImpact);
        cmdlet.CommandRuntime = runtime;
        SessionState state = new(session.Location);
        if (cmdlet is PSCmdlet withSession)
        {
            (withSession.MyInvocation, withSession.SessionState, withSession.JobRepository) = (invocation, state, session.Jobs);
        }

        if (cmdlet is IHostCommand own)
        {
            own.Session = session;
        }

        ParameterBinder binder = new(definition, cmdlet, common, shouldProcess, invocation, new EngineIntrinsics(state));
        try
        {
            CommandLineBinder.Bind(binder, line.Elements, pipelineFollows: index > 0);
        }
        catch (RuntimeException e)
        {
            e.ErrorRecord.SetInvocation(invocation, definition.Type);
            ended = true;
            (cmdlet as IDisposable)?.Dispose();
            throw;
        }

        input = new PipelineBinder(binder, runtime.WriteWarning);
    }

    public int Index { get; }

    public string Name => invocation.MyCommand.Name;

    public void Begin()
    {
        if (!begun)
        {
            begun = true;
            Guarded(cmdlet.DoBeginProcessing);
        }
    }

    /// <summary>The first command runs once, without input.</summary>
    public void ProcessOnce() => Guarded(cmdlet.DoProcessRecord);

    public void Process(object? value)
    {
        // A command before this one may already write in its Begin.
        Begin();
        Guarded(() =>
        {
            try
            {
                input.Bind(value);
            }
            catch (ParameterBindingException e)
            {
                runtime.WriteError(new ErrorRecord(e, e.ErrorId, e.ErrorRecord.CategoryInfo.Category, value));
                return;
            }

            cmdlet.DoProcessRecord();
        });
    }

    public void End() => Guarded(cmdlet.DoEndProcessing);

    /// <summary>Called on the thread of whoever interrupts.</summary>
    public void Stop()
    {
        if (!ended)
        {
            try
            {
                cmdlet.DoStopProcessing();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                pipeline.Streams.Warning($"{Name} failed to stop: {e.Message}");
            }
        }
    }

    public void Describe(ErrorRecord record) => record.SetInvocation(invocation, cmdlet.GetType());

    public void Dispose()
    {
        if (ended)
        {
            return;
        }

        ended = true;
        try
        {
            (cmdlet as IDisposable)?.Dispose();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            pipeline.HasErrors = true;
            pipeline.Streams.Error(RecordOf(e));
        }
    }

    private static Cmdlet Create(CmdletDefinition definition)
    {
        try
        {
            return (Cmdlet)Activator.CreateInstance(definition.Type)!;
        }
        catch (TargetInvocationException e)
        {
            throw new CmdletInvocationException(
                $"{definition.Name} cannot be created: {e.InnerException?.Message}", e.InnerException);
        }
    }

    private void Guarded(Action action)
    {
        pipeline.ThrowIfOverFor(Index);
        var outer = pipeline.Current;
        pipeline.Current = this;
        try
        {
            action();
        }
        catch (StopUpstreamCommandsException e)
        {
            if (e.Requester == cmdlet)
            {
                pipeline.StopBefore(Index, e);
            }

            throw;
        }
        catch (OperationCanceledException) when (pipeline.IsStopping)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (e is not (PipelineStoppedException or FlowControlException))
        {
            // Also while stopping: that the last save failed must not stay unknown.
            pipeline.Fail(RecordOf(e));

            // Commands before this one must not take the failure for their own.
            throw new PipelineStoppedException();
        }
        finally
        {
            pipeline.Current = outer;
        }

        pipeline.ThrowIfOverFor(Index);
    }

    private ErrorRecord RecordOf(Exception exception)
    {
        var record = (exception as IContainsErrorRecord)?.ErrorRecord
            ?? new ErrorRecord(exception, exception.GetType().FullName!, ErrorCategory.NotSpecified, null);
        Describe(record);
        return record;
    }
}

namespace TinySora.Commands;

/// <summary>The exception of an error that a script writes as a text.</summary>
public sealed class WriteErrorException(string message) : SystemException(message);

[Cmdlet(VerbsCommunications.Write, "Error", DefaultParameterSetName = "NoException")]
public sealed class WriteErrorCommand : PSCmdlet
{
    [Parameter(ParameterSetName = "WithException", Mandatory = true, Position = 0)]
    public Exception? Exception { get; set; }

    [Parameter(ParameterSetName = "NoException", Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = "WithException")]
    [AllowNull]
    [AllowEmptyString]
    [Alias("Msg")]
    public string? Message { get; set; }

    [Parameter(ParameterSetName = "ErrorRecord", Mandatory = true, Position = 0)]
    public ErrorRecord? ErrorRecord { get; set; }

    [Parameter(ParameterSetName = "NoException")]
    [Parameter(ParameterSetName = "WithException")]
    public ErrorCategory Category { get; set; }

    [Parameter(ParameterSetName = "NoException")]
    [Parameter(ParameterSetName = "WithException")]
    public string? ErrorId { get; set; }

    [Parameter(ParameterSetName = "NoException")]
    [Parameter(ParameterSetName = "WithException")]
    public object? TargetObject { get; set; }

    [Parameter]
    public string RecommendedAction { get; set; } = "";

    protected override void ProcessRecord()
    {
        var record = ErrorRecord is not null
            ? new ErrorRecord(ErrorRecord, null)
            : new ErrorRecord(
                Exception ?? new WriteErrorException(Message ?? ""),
                ErrorId ?? Exception?.GetType().FullName ?? "Microsoft.PowerShell.Commands.WriteErrorException", Category, TargetObject);
        if (Message is not null || RecommendedAction.Length > 0)
        {
            record.ErrorDetails ??= new ErrorDetails(Message ?? record.Exception.Message);
            record.ErrorDetails.RecommendedAction = RecommendedAction;
        }

        if (GetVariableValue("MyInvocation") is InvocationInfo caller)
        {
            Internals.BlameCaller(record, caller);
            record.CategoryInfo.Activity = MyInvocation.MyCommand.Name;
        }

        WriteError(record);
    }
}

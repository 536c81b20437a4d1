namespace TinySora.Commands;

/// <summary>The kinds of item that a path can be tested for.</summary>
public enum TestPathType
{
    Any,
    Container,
    Leaf,
}

[Cmdlet(VerbsDiagnostic.Test, "Path", DefaultParameterSetName = "Path")]
[OutputType(typeof(bool))]
public sealed class TestPathCommand : PathCommand
{
    [AllowNull]
    [AllowEmptyString]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter]
    [Alias("Type")]
    public TestPathType PathType { get; set; }

    [Parameter]
    public SwitchParameter IsValid { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            WriteObject(false);
            return;
        }

        try
        {
            var exists = IsValid ? SessionState.Path.IsValid(path) : InvokeProvider.Item.Exists(path, force: true, isLiteral);
            WriteObject(exists && (PathType == TestPathType.Any
                || (PathType == TestPathType.Container) == InvokeProvider.Item.IsContainer(isLiteral ? WildcardPattern.Escape(path) : path)));
        }
        catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException)
        {
            WriteObject(false);
        }
    }
}

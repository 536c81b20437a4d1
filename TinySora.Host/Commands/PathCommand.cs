namespace TinySora.Commands;

/// <summary>A command that takes paths with patterns, or as they are written.</summary>
public abstract class PathCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public virtual string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = "LiteralPath", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What it does where no path is given; null: it wants one.</summary>
    protected virtual string? UsualPath => null;

    protected bool IsLiteral => ParameterSetName == "LiteralPath";

    protected abstract void Process(string path, bool isLiteral);

    protected override void ProcessRecord()
    {
        var paths = IsLiteral ? LiteralPath : Path is [] && UsualPath is { } usual ? [usual] : Path;
        if (paths is [])
        {
            ThrowTerminatingError(new ErrorRecord(new PSArgumentException("The path is missing: say -Path or -LiteralPath."),
                "PathMissing", ErrorCategory.InvalidArgument, null));
        }

        foreach (var path in paths)
        {
            Try(path, () => Process(path, IsLiteral));
        }
    }

    /// <summary>An error of a provider or of the file system is written, and the next path has its turn.</summary>
    protected void Try(object target, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is SessionStateException or ProviderInvocationException or CmdletProviderInvocationException or PSArgumentException
            or PSInvalidOperationException or PSNotSupportedException)
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)e).ErrorRecord, e));
        }
        catch (UnauthorizedAccessException e)
        {
            WriteError(new ErrorRecord(e, "UnauthorizedAccess", ErrorCategory.PermissionDenied, target));
        }
        catch (IOException e)
        {
            WriteError(new ErrorRecord(e, "IOError", ErrorCategory.ReadError, target));
        }
    }

    /// <summary>The files of a path, which must exist.</summary>
    protected IReadOnlyList<string> Files(string path, bool isLiteral)
    {
        var found = SessionState.Path.GetResolvedProviderPathFromPSPath(isLiteral ? WildcardPattern.Escape(path) : path, out var provider);
        if (provider.Name != "FileSystem")
        {
            throw new PSNotSupportedException($"This command of tinysora reads files only; {path} belongs to the provider {provider.Name}.");
        }

        return found;
    }
}

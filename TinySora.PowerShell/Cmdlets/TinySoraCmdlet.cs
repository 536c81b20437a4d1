using System.Management.Automation;
using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>What all cmdlets share: paths as seen from the caller's location, and failures of the engine as error records.</summary>
public abstract partial class TinySoraCmdlet : PSCmdlet, IDisposable
{
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Stop.Dispose();

    protected override void StopProcessing() => Stop.Cancel();

    /// <summary>Source of <see cref="Stopped"/>.</summary>
    private protected CancellationTokenSource Stop { get; } = new();

    /// <summary>Token that Ctrl-C cancels. Any call that can take longer than a second gets it.</summary>
    private protected CancellationToken Stopped => Stop.Token;

    /// <summary>
    /// The absolute path of a file or folder that need not exist. Wildcards have no meaning, and a backquote before one, as completion puts it there,
    /// only where something has it in its name.
    /// </summary>
    protected string Absolute(string path) => Literal(path) is var literal && EscapedWildcard().IsMatch(path) && !System.IO.Path.Exists(literal)
        ? Literal(WildcardPattern.Unescape(path)) : literal;

    private string Literal(string path)
    {
        if (NamesNoDrive(path))
        {
            return System.IO.Path.GetFullPath(path, Absolute("."));
        }

        try
        {
            var absolute = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            return provider.Name == "FileSystem" ? absolute : throw InputErrors.NotAFile(path, provider.Name);
        }
        catch (Exception e) when (e is SessionStateException or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            throw InputErrors.BadPath(path, e);
        }
    }

    /// <summary>
    /// zzsi_kungfu/videogpt/model-kbu39ped:v11 is how hubs name a model, where PowerShell would look for a drive; before two colons a provider
    /// is named.
    /// </summary>
    private static bool NamesNoDrive(string path)
    {
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && path.AsSpan(0, colon).ContainsAny('/', '\\') && !path.AsSpan(colon + 1).StartsWith(":");
    }

    [GeneratedRegex(@"`[\[\]*?`]")]
    private static partial Regex EscapedWildcard();

    /// <summary>The absolute path of a checkpoint or a folder of some, by its path, its name, or its step.</summary>
    /// <inheritdoc cref="CheckpointNames.Find"/>
    private protected string CheckpointAt(string nameOrPath, RunNeed need = RunNeed.Checkpoint) =>
        CheckpointNames.Find(nameOrPath, Absolute, need) ?? Absolute(nameOrPath);

    /// <summary>The results folder that a path names: of a checkpoint's file, the folder that it is in.</summary>
    protected static string RunOf(string path) => File.Exists(path) ? System.IO.Path.GetDirectoryName(path)! : path;

    /// <summary>
    /// The absolute paths that an argument stands for. A pattern that nothing matches stands for none, as with Get-Item, and is an error of a cmdlet that
    /// <see cref="WritesFiles"/>. What exists under exactly this name goes before its reading as a pattern, so that clip[1].gif needs no quoting; what
    /// has no wildcards need not exist.
    /// </summary>
    protected IReadOnlyList<string> Expand(string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path) || System.IO.Path.Exists(Absolute(path)))
        {
            return [Absolute(path)];
        }

        try
        {
            var found = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out var provider);
            return provider.Name == "FileSystem" ? Matching(path, found) : throw InputErrors.NotAFile(path, provider.Name);
        }
        catch (SessionStateException e)
        {
            throw InputErrors.BadPath(path, e);
        }
        catch (WildcardPatternException e)
        {
            throw InputErrors.BadPattern(path, e);
        }
    }

    /// <summary>Whether the command line, or the present object of the pipeline, gives a parameter.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Whether paths are given by -LiteralPath (or -LiteralSource), so that wildcards have no meaning in them.</summary>
    private protected bool IsLiteral => ParameterSetName.StartsWith("Literal", StringComparison.Ordinal);

    /// <summary>The absolute paths that either parameter for paths stands for. An error is written for an argument that stands for none.</summary>
    /// <param name="find">Returns the absolute paths that one of <paramref name="patterns"/> stands for.</param>
    private protected IEnumerable<string> Named(string[] patterns, string[] literal, Func<string, IReadOnlyList<string>> find) => IsLiteral
        ? literal.SelectMany(path => Try<IReadOnlyList<string>>(() => [Absolute(path)]) ?? [])
        : patterns.SelectMany(path => Try(() => find(path)) ?? []);

    /// <summary>The paths that an argument stands for, of clips and folders of some: captions that a pattern matches are not among them.</summary>
    protected IReadOnlyList<string> Sources(string path)
    {
        var found = Expand(path);
        return found is [var only] && only == Absolute(path) ? found : Matching(path, [.. found.Where(file => !CaptionFile.MayBe(file))]);
    }

    /// <summary>Whether this command writes a file from what its patterns match, so that a pattern without a match leaves it undone.</summary>
    private protected virtual bool WritesFiles => false;

    /// <exception cref="TinySoraException">NothingMatches: there are none, and the command <see cref="WritesFiles"/>.</exception>
    private protected IReadOnlyList<string> Matching(string pattern, IReadOnlyList<string> found)
    {
        if (found.Count == 0 && WritesFiles)
        {
            throw InputErrors.NothingMatches(pattern);
        }

        if (found.Count == 0)
        {
            WriteVerbose($"Nothing matches '{pattern}'.");
        }

        return found;
    }

    /// <summary>The absolute path of a file to be written.</summary>
    /// <exception cref="TinySoraException">It exists, and <paramref name="force"/> is not given.</exception>
    protected string OutputFile(string path, bool force)
    {
        var absolute = Absolute(path);
        return force || !File.Exists(absolute) ? absolute : throw InputErrors.Exists(absolute);
    }

    /// <summary>The absolute path of a chart to be written.</summary>
    /// <param name="extensions">With the dot, the usual one first.</param>
    /// <exception cref="TinySoraException">It ends in none of them; it exists, and <paramref name="force"/> is not given.</exception>
    protected string ChartFile(string path, IReadOnlyList<string> extensions, bool force) =>
        extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? OutputFile(path, force)
            : throw InputErrors.NoChart(path, string.Join(" or ", extensions));

    /// <summary>
    /// Whether files may be written to a folder that a configuration file names and the command line does not. The user is asked first, since the file
    /// may come from a stranger, unless the folder is below the current location or below the file's own folder.
    /// </summary>
    /// <param name="config">The path of the file, or the name of a preset.</param>
    /// <param name="parameter">The parameter that names the folder on the command line.</param>
    /// <param name="force">Whether the user has agreed already.</param>
    /// <returns><c>false</c> if the user refuses, or, after an error, if nobody can be asked.</returns>
    protected bool MayWriteTo(string folder, string config, string parameter, bool force)
    {
        if (force || !File.Exists(config) || IsBelow(folder, Absolute(".")) || IsBelow(folder, System.IO.Path.GetDirectoryName(config)!))
        {
            return true;
        }

        try
        {
            return ShouldContinue(
                $"'{config}' names '{folder}' as the folder to write to. It is neither below the current location nor next to that file.", "Write there?");
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            // The host has no user to ask, as with -NonInteractive.
            WriteError(ErrorRecords.From(InputErrors.OutsideFolder(folder, config, parameter)));
            return false;
        }
    }

    private static bool IsBelow(string path, string folder)
    {
        var relative = System.IO.Path.GetRelativePath(folder, path);
        return relative != ".." && !relative.StartsWith(".." + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && !System.IO.Path.IsPathRooted(relative);
    }

    /// <summary>Creates the folder, then calls <paramref name="write"/>; if that fails, a new folder is removed.</summary>
    /// <exception cref="TinySoraException">The disk or the permissions do not allow it.</exception>
    protected static FileInfo WriteFile(string path, Action write)
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(path)!;
            NewFolder.RemoveOnFailure(folder, () =>
            {
                DiskFlush.CreateFolder(folder);
                write();
            });
            DiskFlush.Names(InputErrors.CannotWrite);
            return new FileInfo(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw InputErrors.CannotWrite(path, e);
        }
    }

    /// <summary>Writes a file as Get-Item does: with what PowerShell's own commands find it by, whatever its name, and the columns of its view.</summary>
    protected void WriteItem(FileInfo file) => WriteObject(InvokeProvider.Item.Get([file.FullName], force: true, literalPath: true), enumerateCollection: true);

    /// <summary>The result of an engine call, or default after a non-terminating error: one bad item of several.</summary>
    protected T? Try<T>(Func<T> call) => Call(call, WriteError);

    /// <summary>Whether an engine call has ended well; false after a non-terminating error.</summary>
    protected bool Try(Action call) => Try(() =>
    {
        call();
        return true;
    });

    /// <summary>The result of an engine call without which nothing can be done: its failure ends the pipeline.</summary>
    protected T Require<T>(Func<T> call) => Call(call, ThrowTerminatingError)!;

    /// <inheritdoc cref="Require{T}"/>
    protected void Require(Action call) => Require(() =>
    {
        call();
        return true;
    });

    /// <summary>Whether a failure ends the pipeline: the command line has one item, the pipeline brings several, of which a bad one ends no other.</summary>
    private protected bool FailureEndsPipeline => !MyInvocation.ExpectingInput;

    /// <summary>The result of an engine call for the present item, or default after a non-terminating error if it was piped in.</summary>
    protected T? RequireOfItem<T>(Func<T> call) => FailureEndsPipeline ? Require(call) : Try(call);

    private T? Call<T>(Func<T> call, Action<ErrorRecord> fail)
    {
        try
        {
            var result = call();
            // What a command has reported survives a power cut.
            DiskFlush.Names(InputErrors.CannotWrite);
            return result;
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (!ErrorRecords.IsFlowControl(e))
        {
            fail(ErrorRecords.From(e));
            return default;
        }
    }
}

/// <summary>Where the pages of the cmdlets stand, for Get-Help -Online.</summary>
internal static class HelpPages
{
    public const string Root = "https://github.com/tinysora/tinysora/blob/main/docs/cmdlets/";
}

using System.Management.Automation;
using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Base class of all cmdlets, which resolves paths relative to the caller's location, and converts engine failures to error records.</summary>
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

    /// <summary>Token that Ctrl+C cancels. Pass it to any call that can take longer than a second.</summary>
    private protected CancellationToken Stopped => Stop.Token;

    /// <summary>
    /// Returns the absolute path of a file or folder, which need not exist. Wildcards are literal. Backquotes before wildcards, which completion
    /// inserts, are removed unless a file with backquotes in its name exists.
    /// </summary>
    protected string Absolute(string path) => Literal(path) is var literal && EscapedWildcard().IsMatch(path) && !System.IO.Path.Exists(literal)
        ? Literal(WildcardPattern.Unescape(path)) : literal;

    private string Literal(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw InputErrors.BadPath(path, new ArgumentException("It contains a null character."));
        }

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
    /// Returns whether a path contains a colon that does not follow a drive name, as in the hub model name zzsi_kungfu/videogpt/model-kbu39ped:v11. (Two
    /// colons would follow a provider name.)
    /// </summary>
    private static bool NamesNoDrive(string path)
    {
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && path.AsSpan(0, colon).ContainsAny('/', '\\') && !path.AsSpan(colon + 1).StartsWith(":");
    }

    [GeneratedRegex(@"`[\[\]*?`]")]
    private static partial Regex EscapedWildcard();

    /// <summary>Returns the absolute path of a checkpoint, or of a folder with checkpoints, by its path, name, or step.</summary>
    /// <inheritdoc cref="CheckpointNames.Find"/>
    private protected string CheckpointAt(string nameOrPath, RunNeed need = RunNeed.Checkpoint) =>
        CheckpointNames.Find(nameOrPath, Absolute, need) ?? Absolute(nameOrPath);

    /// <summary>Returns the results folder for a path: the folder itself, or the folder that contains a checkpoint file.</summary>
    protected static string RunOf(string path) => File.Exists(path) ? System.IO.Path.GetDirectoryName(path)! : path;

    /// <summary>
    /// Returns the absolute paths that an argument matches. A pattern without a match returns none, as in Get-Item; in a cmdlet that
    /// <see cref="WritesFiles"/>, it is an error. A file with exactly this name takes precedence over the pattern, so clip[1].gif need not be escaped. A
    /// path without wildcards need not exist.
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

    /// <summary>Returns whether the command line or the current pipeline object specifies a parameter.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Whether paths come from -LiteralPath or -LiteralSource, so that wildcards are literal.</summary>
    private protected bool IsLiteral => ParameterSetName.StartsWith("Literal", StringComparison.Ordinal);

    /// <summary>Returns the absolute paths from either path parameter and writes an error for each argument that fails.</summary>
    /// <param name="find">Function that returns the absolute paths that one of <paramref name="patterns"/> matches.</param>
    private protected IEnumerable<string> Named(string[] patterns, string[] literal, Func<string, IReadOnlyList<string>> find) => IsLiteral
        ? literal.SelectMany(path => Try<IReadOnlyList<string>>(() => [Absolute(path)]) ?? [])
        : patterns.SelectMany(path => Try(() => find(path)) ?? []);

    /// <summary>Returns the absolute paths that an argument matches, as in <see cref="Expand(string)"/>.</summary>
    /// <param name="condition">Condition for the matches of a pattern; a path without wildcards need not meet it.</param>
    protected IReadOnlyList<string> Expand(string path, Func<string, bool> condition)
    {
        var found = Expand(path);
        return found is [var only] && only == Absolute(path) ? found : Matching(path, [.. found.Where(condition)]);
    }

    /// <summary>Returns the clips and folders that an argument matches; patterns do not match caption files.</summary>
    protected IReadOnlyList<string> Sources(string path) => Expand(path, file => !CaptionFile.IsCaptionFileName(file));

    /// <summary>Whether the command writes files from the matches of its patterns, so that a pattern without a match is an error.</summary>
    private protected virtual bool WritesFiles => false;

    /// <exception cref="TinySoraException">NothingMatches: there are no matches, and the command <see cref="WritesFiles"/>.</exception>
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

    /// <summary>Returns the absolute path of a file to write.</summary>
    /// <exception cref="TinySoraException">The path is a folder, or the file exists and <paramref name="force"/> is <c>false</c>.</exception>
    protected string OutputFile(string path, bool force)
    {
        var absolute = Absolute(path);
        if (Directory.Exists(absolute) || System.IO.Path.EndsInDirectorySeparator(path))
        {
            throw InputErrors.IsFolder(absolute);
        }

        return force || !File.Exists(absolute) ? absolute : throw InputErrors.Exists(absolute);
    }

    /// <summary>Returns the absolute path of a chart to write.</summary>
    /// <param name="extensions">Allowed extensions with the dot, starting with the default.</param>
    /// <exception cref="TinySoraException">The extension is not allowed, or the file exists and <paramref name="force"/> is <c>false</c>.</exception>
    protected string ChartFile(string path, IReadOnlyList<string> extensions, bool force) =>
        extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? OutputFile(path, force)
            : throw InputErrors.NoChart(path, string.Join(" or ", extensions));

    /// <summary>
    /// Returns whether files may be written to a folder that only a configuration file specifies. Prompts the user, because the file may be untrusted,
    /// unless the folder is in the current location or in the folder of the file.
    /// </summary>
    /// <param name="config">The path of the file, or the name of a preset.</param>
    /// <param name="parameter">Parameter that specifies the folder on the command line.</param>
    /// <param name="force">Whether to skip the prompt.</param>
    /// <returns><c>false</c> if the user refuses, or, after writing an error, if the session is not interactive.</returns>
    protected bool MayWriteTo(string folder, string config, string parameter, bool force)
    {
        if (force || !File.Exists(config) || IsBelow(folder, Absolute(".")) || IsBelow(folder, System.IO.Path.GetDirectoryName(config)!))
        {
            return true;
        }

        try
        {
            return ShouldContinue(
                $"'{config}' sets the output folder to '{folder}', which is neither below the current location nor next to that file.",
                "Write to this folder?");
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            // The host cannot prompt, for example with -NonInteractive.
            WriteError(ErrorRecords.From(InputErrors.OutsideFolder(folder, config, parameter)));
            return false;
        }
    }

    /// <summary>Returns whether a path is a folder itself or is below it.</summary>
    private protected static bool IsBelow(string path, string folder)
    {
        var relative = System.IO.Path.GetRelativePath(folder, path);
        return relative != ".." && !relative.StartsWith(".." + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && !System.IO.Path.IsPathRooted(relative);
    }

    /// <summary>Creates the folder if needed, then calls <paramref name="write"/>. If writing fails, removes the folder if it is new.</summary>
    /// <exception cref="TinySoraException">The disk or the permissions do not allow writing.</exception>
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
            DiskFlush.FlushNames(InputErrors.CannotWrite);
            return new FileInfo(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw InputErrors.CannotWrite(path, e);
        }
    }

    /// <summary>Writes a file object like that of Get-Item, including the properties that PowerShell's own commands and views need.</summary>
    protected void WriteItem(FileInfo file) => WriteObject(InvokeProvider.Item.Get([file.FullName], force: true, literalPath: true), enumerateCollection: true);

    /// <summary>Returns the result of an engine call; if the call fails, writes a non-terminating error and returns the default value.</summary>
    protected T? Try<T>(Func<T> call) => Call(call, WriteError);

    /// <summary>Makes an engine call; if the call fails, writes a non-terminating error and returns <c>false</c>.</summary>
    protected bool Try(Action call) => Try(() =>
    {
        call();
        return true;
    });

    /// <summary>Returns the result of an engine call; if the call fails, ends the pipeline with the error.</summary>
    protected T Require<T>(Func<T> call) => Call(call, ThrowTerminatingError)!;

    /// <inheritdoc cref="Require{T}"/>
    protected void Require(Action call) => Require(() =>
    {
        call();
        return true;
    });

    /// <summary>Whether a failure ends the pipeline; false with pipeline input, because other items may succeed.</summary>
    private protected bool FailureEndsPipeline => !MyInvocation.ExpectingInput;

    /// <summary>
    /// Returns the result of an engine call for the current item. If the call fails, ends the pipeline with the error or, if the item was piped, writes a
    /// non-terminating error and returns the default value.
    /// </summary>
    protected T? RequireOfItem<T>(Func<T> call) => FailureEndsPipeline ? Require(call) : Try(call);

    private T? Call<T>(Func<T> call, Action<ErrorRecord> fail)
    {
        try
        {
            var result = call();
            // Reported results must survive a power failure.
            DiskFlush.FlushNames(InputErrors.CannotWrite);
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

/// <summary>Address of the cmdlet pages, for Get-Help -Online.</summary>
internal static class HelpPages
{
    public const string Root = "https://github.com/tinysora/tinysora/blob/main/docs/cmdlets/";
}

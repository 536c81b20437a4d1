using System.Text;

namespace TinySora.Commands;

/// <summary>A file that a command writes text to.</summary>
internal static class OutputFile
{
    /// <summary>The path of the file; a pattern may match at most one.</summary>
    public static string Resolve(PSCmdlet command, string? path, string? literalPath)
    {
        if (path is not null && WildcardPattern.ContainsWildcardCharacters(path))
        {
            var found = command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
            if (found.Count > 1)
            {
                throw new PSArgumentException($"Cannot perform operation because the wildcard path {path} did not resolve to a single file.");
            }

            if (found is [var file])
            {
                return file;
            }
        }

        return command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path ?? literalPath);
    }

    /// <summary>Opens it; an error of the file system ends the command.</summary>
    public static StreamWriter Open(
        PSCmdlet command, string? path, string? literalPath, Encoding encoding, bool append, bool force, bool noClobber)
    {
        var file = Resolve(command, path, literalPath);
        try
        {
            if (force && File.Exists(file))
            {
                File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
            }

            var mode = append ? FileMode.Append : noClobber ? FileMode.CreateNew : FileMode.Create;
            return new StreamWriter(new FileStream(file, mode, FileAccess.Write, FileShare.ReadWrite), encoding);
        }
        catch (IOException) when (noClobber && File.Exists(file))
        {
            command.ThrowTerminatingError(new ErrorRecord(
                new IOException($"The file '{file}' already exists."), "NoClobber", ErrorCategory.ResourceExists, file));
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            command.ThrowTerminatingError(new ErrorRecord(e, "FileOpenFailure", ErrorCategory.OpenError, file));
            throw;
        }
    }
}

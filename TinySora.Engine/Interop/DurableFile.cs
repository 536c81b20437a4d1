namespace TinySora.Engine.Interop;

/// <summary>Files that are either complete and on the disk or not there.</summary>
internal static class DurableFile
{
    /// <summary>Ending of a file that is being written; one that a crash left behind is never taken for the real thing.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>
    /// Writes <paramref name="path"/> through a file beside it that is flushed to the disk and then renamed. When
    /// <paramref name="write"/> or the disk fails, the partial file is removed and an older file at the path stays.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = path + PartialSuffix;
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}

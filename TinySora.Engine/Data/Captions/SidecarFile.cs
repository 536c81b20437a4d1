namespace TinySora.Engine.Data.Captions;

/// <summary>A file that belongs to a clip and has the clip's name with a different extension.</summary>
internal static class SidecarFile
{
    /// <summary>
    /// Returns the path of the file in the clip's folder. On case-sensitive file systems, files from other systems may end in .TXT or .Txt. If the
    /// file is missing, the path ends in the given extension.
    /// </summary>
    /// <param name="extension">Extension with its dot, in lower case.</param>
    public static string Find(string clipPath, string extension)
    {
        var usual = Path.ChangeExtension(clipPath, extension);
        string[] others = [extension.ToUpperInvariant(), $".{char.ToUpperInvariant(extension[1])}{extension[2..]}"];
        return File.Exists(usual) ? usual : others.Select(other => Path.ChangeExtension(clipPath, other)).FirstOrDefault(File.Exists) ?? usual;
    }
}

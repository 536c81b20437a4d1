namespace TinySora.Engine.Data.Captions;

/// <summary>A file that belongs to a clip: it has the clip's name and another extension.</summary>
internal static class FileBeside
{
    /// <summary>
    /// The path of the file in the clip's folder. Where file systems distinguish case, programs of other systems write NAME.TXT and NAME.Txt as well;
    /// the path ends in the extension as given if no such file exists.
    /// </summary>
    /// <param name="extension">With its dot, in lower case.</param>
    public static string Find(string clipPath, string extension)
    {
        var usual = Path.ChangeExtension(clipPath, extension);
        string[] others = [extension.ToUpperInvariant(), $".{char.ToUpperInvariant(extension[1])}{extension[2..]}"];
        return File.Exists(usual) ? usual : others.Select(other => Path.ChangeExtension(clipPath, other)).FirstOrDefault(File.Exists) ?? usual;
    }
}

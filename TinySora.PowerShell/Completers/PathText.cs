namespace TinySora.PowerShell.Completers;

/// <summary>A path as it has to be typed.</summary>
internal static class PathText
{
    public static string Quoted(string path) =>
        path.IndexOfAny([' ', '\'', '(', ')', '$', '&', ';', '[', ']', ',', '`']) < 0 ? path : $"'{path.Replace("'", "''")}'";
}

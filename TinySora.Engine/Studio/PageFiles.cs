namespace TinySora.Engine.Studio;

/// <summary>The files of the page, which travel in the assembly: plain HTML, CSS and scripts of the folder Page.</summary>
internal static class PageFiles
{
    private const string Root = "studio/";

    /// <summary>The page itself.</summary>
    public const string Page = "studio.html";

    /// <summary>A file of the page; null: there is none of this name.</summary>
    public static HttpAnswer? Find(string name) => Bytes(name) is { } bytes ? new HttpAnswer(200, TypeOf(name), bytes) : null;

    /// <summary>The text of a file that is there.</summary>
    public static string Text(string name) => System.Text.Encoding.UTF8.GetString(Bytes(name)!);

    private static byte[]? Bytes(string name)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(Root + name);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
}

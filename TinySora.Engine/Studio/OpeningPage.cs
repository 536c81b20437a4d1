using System.Net;
using System.Text;
using TinySora.Engine.Files;

namespace TinySora.Engine.Studio;

/// <summary>
/// A local HTML file that redirects the browser to the studio, and that only this user can read. The browser's command line, which other users can see,
/// contains only the name of this file. The file contains the address with the token.
/// </summary>
internal sealed class OpeningPage : IDisposable
{
    private readonly PrivateTempFolder folder = PrivateTempFolder.Create("open");

    public OpeningPage(Uri address)
    {
        File = Path.Combine(folder.Path, "studio.html");
        var uri = WebUtility.HtmlEncode(address.AbsoluteUri);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(File, options);
        file.Write(Encoding.UTF8.GetBytes(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="refresh" content="0; url={uri}">
            <title>TinySora studio</title>
            </head>
            <body><a href="{uri}">TinySora studio</a></body>
            </html>

            """));
    }

    public string File { get; }

    public void Dispose() => folder.Dispose();
}

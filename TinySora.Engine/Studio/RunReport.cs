using System.Net;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using static System.FormattableString;

namespace TinySora.Engine.Studio;

/// <summary>
/// Creates a page about training runs as a single file with embedded data, images, styles and script. Any browser can open it without a server.
/// </summary>
public static class RunReport
{
    /// <summary>Maximum number of images per run in the file: the newest image, and evenly spaced earlier ones.</summary>
    private const int MaxSamples = 12;

    private static readonly string[] Scripts = ["page.js", "player.js", "chart.js", "runs.js", "samples.js", "report.js"];

    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="TinySoraException">NameTaken, CannotWrite.</exception>
    public static void Write(string path, string html, bool overwrite) => AtomicFile.WriteText(path, html, WeightFileErrors.CannotWrite, overwrite);

    /// <param name="folders">Folders of runs, or folders that directly contain runs.</param>
    /// <exception cref="TinySoraException">NoRun.</exception>
    public static string Of(IReadOnlyList<string> folders, CancellationToken cancellationToken = default)
    {
        var missing = folders.FirstOrDefault(folder => !TrainingRun.AreIn(folder));
        var runs = missing is null ? RunView.Of(folders, cancellationToken).Select(Thinned).ToList() : throw TrainingErrors.NoRun(missing);
        var pictures = runs.ToDictionary(
            run => run.Name,
            run => run.Samples.Select(sample => (sample.File, Bytes: run.Picture(sample.File))).Where(picture => picture.Bytes is not null)
                .ToDictionary(picture => picture.File, picture => Text(picture.Bytes!)));
        string Text(byte[] picture)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Convert.ToBase64String(picture);
        }

        var script = string.Join('\n', Scripts.Select(PageFiles.Text)).ReplaceLineEndings("\n");
        var style = string.Join('\n', PageFiles.Text("studio.css"), PageFiles.Text("runs.css")).ReplaceLineEndings("\n");
        var title = WebUtility.HtmlEncode(runs.Count == 1 ? runs[0].Name : $"{runs.Count} runs");
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '{Hash(style)}'; script-src '{Hash(script)}'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} - TinySora</title>
            <style>{style}</style>
            </head>
            <body>
            <header><h1>TinySora <span>{title}</span></h1><p class="dim">As of {Invariant($"{DateTime.Now:yyyy-MM-dd HH:mm}")}</p></header>
            <main id="runs"></main>
            <script type="application/json" id="data">{Encoding.UTF8.GetString(HttpAnswer.JsonBytes(new { runs, pictures }))}</script>
            <script>{script}</script>
            </body>
            </html>

            """;
    }

    private static RunView Thinned(RunView run)
    {
        var every = (run.Samples.Count + MaxSamples - 1) / MaxSamples;
        return run with { Samples = [.. run.Samples.Where((_, i) => (run.Samples.Count - 1 - i) % every == 0)], Checkpoints = [] };
    }

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}

using System.Diagnostics;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Runs;

/// <summary>Runs a headless browser if one is installed (Debian: apt install chromium).</summary>
internal static class Chromium
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static string? Path { get; } = Needs.Find("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    /// <summary>Takes a screenshot of the page.</summary>
    public static Clip Photograph(string page, string picture, bool dark)
    {
        var profile = Directory.CreateTempSubdirectory("tinysora-browser-");
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Path!,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
                $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}", $"--user-data-dir={profile.FullName}", "--window-size=1000,1300",
                $"--screenshot={picture}", new Uri(page).AbsoluteUri,
            ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            Assert.True(process.WaitForExit(Patience));
            Assert.True(File.Exists(picture), error.Result);
            return ClipFile.Read(picture);
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }
}

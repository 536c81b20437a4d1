using System.Collections.Concurrent;
using System.Diagnostics;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Video;

/// <summary>Video files that ffmpeg generates.</summary>
internal static class MadeVideos
{
    /// <summary>A transparent red picture with an opaque blue square of half its size in the middle; 64 x 64 pixels.</summary>
    public const string BlueOnHiddenRed =
        "color=black:size=64x64:rate=5:duration=0.6,format=rgba,geq=r='255-255*" + Middle + "':g=0:b='255*" + Middle + "':a='255*" + Middle + "'";

    private const string Middle = "between(X,16,47)*between(Y,16,47)";

    private static readonly ConcurrentDictionary<string, byte[]> Made = new();

    /// <summary>Writes a video or picture. The same one is encoded only once because ffmpeg needs a quarter of a second of computing time to start.</summary>
    /// <param name="source">A filter graph for ffmpeg.</param>
    /// <param name="options">The arguments after it, without the file.</param>
    public static void Make(string path, string source, params string[] options)
    {
        var bytes = Made.GetOrAdd(string.Join('\n', [source, .. options, Path.GetExtension(path)]), _ =>
        {
            Run(["-f", "lavfi", "-i", source, .. options, path]);
            return File.ReadAllBytes(path);
        });
        File.WriteAllBytes(path, bytes);
    }

    public static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(FFmpeg.Find()) { UseShellExecute = false };
        foreach (var argument in (string[])["-v", "error", "-y", "-nostdin", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Skips a test if ffmpeg was built without a filter or an encoder.</summary>
    public static void Need(string? filter = null, string? encoder = null)
    {
        Needs.FFmpeg();
        Assert.SkipUnless(filter is null || FFmpeg.HasFilter(filter), $"This ffmpeg has no filter {filter}.");
        Assert.SkipUnless(encoder is null || FFmpeg.HasEncoder(encoder), $"This ffmpeg has no encoder {encoder}.");
    }
}

using System.Text.Json;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Scenes of Debian's python3-mecavideo, labelled by hand before any caption was generated.</summary>
internal static class AnnotatedSegments
{
    public sealed record Seen(string[] Colors, string[] Directions);

    /// <param name="Change">How the scene is shown: unchanged, mirrored, upside down, rotated a quarter turn clockwise, or backward.</param>
    /// <param name="Count">The number of moving things; several numbers if it is debatable.</param>
    /// <param name="Speed">The speed of the main thing in picture widths per second, measured by ruler.</param>
    public sealed record Stretch(
        string Film, double Start, double Duration, string Change, Seen[] Things, string[] Background, int[] Count, double Speed, int Cuts,
        string[] Brightness);

    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    private static readonly Dictionary<string, List<(Clip Frame, double Seconds)>> Films = [];

    /// <summary>The folder of the videos, installed or unpacked by the demo; <c>null</c> if neither exists.</summary>
    public static string? Folder { get; } = Array.Find(
        ["/usr/share/pymecavideo/data/video", Repository.At("artifacts/films/usr/share/pymecavideo/data/video")], Directory.Exists);

    /// <summary>Reads a list of scenes by its file name.</summary>
    public static IReadOnlyList<Stretch> Read(string list) => JsonSerializer.Deserialize<Stretch[]>(
        File.ReadAllText(Repository.At($"tests/TinySora.Engine.Tests/Evaluation/Captioning/{list}.json")), Options)!;

    public static VideoCaption Describe(Stretch stretch)
    {
        if (!Films.TryGetValue(stretch.Film, out var film))
        {
            Films[stretch.Film] = film = [];
            CaptioningFrames.Read(Path.Join(Folder, stretch.Film), (frame, seconds, _) => film.Add((frame, seconds)), CancellationToken.None);
        }

        // A scene begins and ends between two frames.
        var interval = film[0].Seconds;
        var (first, length) = ((int)Math.Round(stretch.Start / interval), (int)Math.Round(stretch.Duration / interval));
        var frames = film.Skip(first).Take(length).Select(f => Changed(f.Frame, stretch.Change)).ToList();
        if (stretch.Change == "backward")
        {
            frames.Reverse();
        }

        return VideoCaptioner.Describe(stretch.Film, new CaptioningOptions { WholeVideo = true }, take => frames.ForEach(f => take(f, interval, interval))).Single();
    }

    private static Clip Changed(Clip frame, string change)
    {
        var result = Clip.Black(1, frame.Height, frame.Width, 3);
        var last = frame.Width - 1;
        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
            {
                var (fromX, fromY) = change switch
                {
                    "mirrored" => (last - x, y),
                    "upside down" => (x, last - y),
                    "turned" => (y, last - x),
                    _ => (x, y),
                };
                frame.Pixels.AsSpan(3 * ((fromY * frame.Width) + fromX), 3).CopyTo(result.Pixels.AsSpan(3 * ((y * frame.Width) + x)));
            }
        }

        return result;
    }
}

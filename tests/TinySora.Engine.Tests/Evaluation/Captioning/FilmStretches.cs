using System.Text.Json;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Stretches of Debian's python3-mecavideo with what is to be seen in them, written down by hand before any caption was made.</summary>
internal static class FilmStretches
{
    public sealed record Seen(string[] Colours, string[] Directions);

    /// <param name="Change">How it is shown: as it is, mirrored, upside down, turned a quarter to the right, or backward.</param>
    /// <param name="Count">How many things move; several numbers where that is a matter of taste.</param>
    /// <param name="Speed">Of the main thing in widths of the picture per second, by a ruler.</param>
    public sealed record Stretch(
        string Film, double Start, double Duration, string Change, Seen[] Things, string[] Background, int[] Count, double Speed, int Cuts,
        string[] Brightness);

    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    private static readonly Dictionary<string, List<(Clip Frame, double Seconds)>> Films = [];

    /// <summary>Where the films are: installed, or unpacked by the demo; null: neither.</summary>
    public static string? Folder { get; } = Array.Find(
        ["/usr/share/pymecavideo/data/video", Repository.At("artifacts/films/usr/share/pymecavideo/data/video")], Directory.Exists);

    /// <summary>A list of stretches by the name of its file.</summary>
    public static IReadOnlyList<Stretch> Read(string list) => JsonSerializer.Deserialize<Stretch[]>(
        File.ReadAllText(Repository.At($"tests/TinySora.Engine.Tests/Evaluation/Captioning/{list}.json")), Options)!;

    public static VideoCaption Describe(Stretch stretch)
    {
        if (!Films.TryGetValue(stretch.Film, out var film))
        {
            Films[stretch.Film] = film = [];
            CaptioningFrames.Read(Path.Join(Folder, stretch.Film), (frame, seconds) => film.Add((frame, seconds)), CancellationToken.None);
        }

        // A stretch begins and ends between two frames.
        var interval = film[0].Seconds;
        var (first, length) = ((int)Math.Round(stretch.Start / interval), (int)Math.Round(stretch.Duration / interval));
        var frames = film.Skip(first).Take(length).Select(f => Changed(f.Frame, stretch.Change)).ToList();
        if (stretch.Change == "backward")
        {
            frames.Reverse();
        }

        return VideoCaptioner.Describe(stretch.Film, new CaptioningOptions { WholeVideo = true }, take => frames.ForEach(f => take(f, interval))).Single();
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

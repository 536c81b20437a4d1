using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Studio;

namespace TinySora.PowerShell.Output;

/// <summary>A prompt that is typed in the terminal, and above it the clip that follows it.</summary>
/// <param name="request">What does not change while one types, with a seed, and what the line begins with.</param>
internal sealed class LiveScreen(LiveClip clip, GenerationRequest request, TerminalColors colors)
{
    private const string Help = "Type. Enter saves, Up and Down take another seed, Esc ends.";
    private const string Sign = "> ";

    /// <summary>Lines below the picture: the prompt and what is to be said of the clip.</summary>
    private const int LinesBelow = 2;

    private readonly TerminalGraphics graphics = Terminal.Graphics();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<GeneratedVideo> saved = [];
    private PromptLine line = new(request.Prompt ?? "");
    private long seed = request.Seed!.Value;
    private string news = Help;

    private GenerationRequest Asked => request with { Prompt = string.IsNullOrWhiteSpace(line.Text) ? null : line.Text, Seed = seed };

    /// <summary>Shows the clip until Esc, Ctrl-C, the end of the input, or until it is cancelled.</summary>
    /// <returns>What was saved.</returns>
    public IReadOnlyList<GeneratedVideo> Run(CancellationToken cancellation)
    {
        var keys = new BlockingCollection<ConsoleKeyInfo>(); // never disposed: its reader may wait for a key when this has ended
        var takesControlC = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true; // a reader that waits for a key ends with one
        new Thread(() => Read(keys)) { IsBackground = true, Name = "Keys" }.Start();
        clip.Ask(Asked);
        try
        {
            string? last = null;
            TerminalVideo? video = null;
            LiveView? shown = null;
            var frame = -1;
            while (!cancellation.IsCancellationRequested && !keys.IsCompleted)
            {
                if (clip.View is { } view && view != shown)
                {
                    video = Place(view.Clip, video);
                    (shown, frame) = (view, -1);
                }

                var due = video is null ? -1 : (int)(clock.Elapsed / video.FrameTime) % shown!.Clip.Frames;
                last = Draw(due == frame ? "" : video!.Frame(due) + "\n", shown, last);
                frame = due;
                if (keys.TryTake(out var key, video?.FrameTime / 2 ?? TimeSpan.FromMilliseconds(20)) && !Take(key, cancellation))
                {
                    break;
                }
            }
        }
        finally
        {
            Console.TreatControlCAsInput = takesControlC;
            Console.Out.Write(string.Concat(Enumerable.Repeat("\r\n", LinesBelow)));
        }

        return saved;
    }

    /// <summary>Hands over what is typed, until a key that ends it.</summary>
    private static void Read(BlockingCollection<ConsoleKeyInfo> keys)
    {
        try
        {
            for (var ends = false; !ends;)
            {
                var key = Console.ReadKey(intercept: true);
                ends = Ends(key);
                keys.Add(key);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The terminal has gone.
        }

        keys.CompleteAdding();
    }

    /// <summary>Esc, Ctrl-C, and Ctrl-D, which a terminal sends at the end of its input.</summary>
    private static bool Ends(ConsoleKeyInfo key) => key.Key == ConsoleKey.Escape || key.KeyChar is '\u0003' or '\u0004'
        || (key.Key is ConsoleKey.C or ConsoleKey.D && key.Modifiers.HasFlag(ConsoleModifiers.Control));

    /// <returns>Whether it goes on.</returns>
    private bool Take(ConsoleKeyInfo key, CancellationToken cancellation)
    {
        if (Ends(key))
        {
            return false;
        }

        var before = Asked;
        if (key.Key == ConsoleKey.Enter)
        {
            Save(cancellation);
            return true;
        }

        seed += key.Key switch { ConsoleKey.UpArrow => 1, ConsoleKey.DownArrow => -1, _ => 0 };
        line = line.After(key);
        if (Asked != before)
        {
            news = "";
            clip.Ask(Asked);
        }

        return true;
    }

    private void Save(CancellationToken cancellation)
    {
        try
        {
            var video = clip.Save(Asked, cancellation);
            saved.Add(video);
            news = $"Saved: {video.Path}";
        }
        catch (TinySoraException e)
        {
            news = e.Message;
        }
    }

    /// <summary>The clip where the one before was; the first one, and one of another size, in new lines.</summary>
    private TerminalVideo Place(Clip next, TerminalVideo? before)
    {
        var video = new TerminalVideo(next, graphics, colors, null, (Console.WindowWidth, Console.WindowHeight - LinesBelow));
        if (before?.Rows != video.Rows)
        {
            Console.Out.Write("\r\u001b[J" + video.Room + "\n" + new string('\n', LinesBelow - 1) + $"\u001b[{LinesBelow - 1}A");
        }

        return video;
    }

    /// <summary>Draws what has changed; the cursor stays in the prompt, on the line beneath the picture.</summary>
    /// <param name="picture">Empty: the frame is there already.</param>
    /// <param name="last">The lines below the picture, as they are there.</param>
    /// <returns>The lines below it, as they are now.</returns>
    private string Draw(string picture, LiveView? view, string? last)
    {
        var width = Math.Max(4, Console.WindowWidth - 1);
        var (text, column) = line.Within(width - Sign.Length);
        var said = TerminalText.Plain(news.Length > 0 ? news : State(view));
        var below = string.Create(CultureInfo.InvariantCulture,
            $"\r\u001b[K{Sign}{TerminalText.Plain(text)}\n\r\u001b[K\u001b[2m{said[..Math.Min(said.Length, width)]}\u001b[22m"
            + $"\u001b[1A\r\u001b[{Sign.Length + column}C");
        if (picture.Length > 0 || below != last)
        {
            Console.Out.Write(Terminal.HideCursor + picture + below + Terminal.ShowCursor);
            Console.Out.Flush();
        }

        return below;
    }

    private string State(LiveView? view) => view is null ? $"Seed {seed}."
        : view.Trouble ?? string.Create(CultureInfo.InvariantCulture, $"Seed {seed}, {view.Steps} steps in {view.Elapsed.TotalMilliseconds:0} ms.")
            + (view.UnknownWords.Count == 0 ? "" : $" Never seen: {string.Join(", ", view.UnknownWords)}.");
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Studio;

namespace TinySora.PowerShell.Output;

/// <summary>Prompt line in the terminal, with the prompt's clip above it.</summary>
/// <param name="request">Initial prompt, seed, and settings that do not change while the user types.</param>
internal sealed class LiveScreen(LiveClip clip, GenerationRequest request, TerminalColors colors)
{
    private const string Help = "Type a prompt. Enter saves, Up and Down change the seed, Esc quits.";
    private const string Sign = "> ";

    /// <summary>Number of lines below the image: one for the prompt, and one for the state of the clip.</summary>
    private const int LinesBelow = 2;

    private readonly TerminalGraphics graphics = Terminal.Graphics();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<GeneratedVideo> saved = [];
    private EditableLine line = new(request.Prompt ?? "");
    private long seed = request.Seed!.Value;
    private string news = Help;

    private GenerationRequest Request => request with { Prompt = string.IsNullOrWhiteSpace(line.Text) ? null : line.Text, Seed = seed };

    /// <summary>Shows the clip until Esc, Ctrl+C, the end of the input, or cancellation.</summary>
    /// <returns>The saved videos.</returns>
    public IReadOnlyList<GeneratedVideo> Run(CancellationToken cancellation)
    {
        var keys = new BlockingCollection<ConsoleKeyInfo>(); // not disposed, because the reader may still wait for a key after the end
        var takesControlC = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true; // so that Ctrl+C ends the reader, which is waiting for a key
        new Thread(() => Read(keys)) { IsBackground = true, Name = "Keys" }.Start();
        clip.Ask(Request);
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

    /// <summary>Reads keys until one ends the input.</summary>
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
            // The terminal has been closed.
        }

        keys.CompleteAdding();
    }

    /// <summary>Returns whether a key ends the input: Esc, Ctrl+C, or Ctrl+D, which terminals send at the end of input.</summary>
    private static bool Ends(ConsoleKeyInfo key) => key.Key == ConsoleKey.Escape || key.KeyChar is '\u0003' or '\u0004'
        || (key.Key is ConsoleKey.C or ConsoleKey.D && key.Modifiers.HasFlag(ConsoleModifiers.Control));

    /// <returns>Whether to continue.</returns>
    private bool Take(ConsoleKeyInfo key, CancellationToken cancellation)
    {
        if (Ends(key))
        {
            return false;
        }

        var before = Request;
        if (key.Key == ConsoleKey.Enter)
        {
            Save(cancellation);
            return true;
        }

        seed += key.Key switch { ConsoleKey.UpArrow => 1, ConsoleKey.DownArrow => -1, _ => 0 };
        line = line.Apply(key);
        if (Request != before)
        {
            news = "";
            clip.Ask(Request);
        }

        return true;
    }

    private void Save(CancellationToken cancellation)
    {
        try
        {
            var video = clip.Save(Request, cancellation);
            saved.Add(video);
            news = $"Saved: {Path.GetFileName(video.Path)}"; // the whole path often exceeds the width of the terminal
        }
        catch (TinySoraException e)
        {
            news = e.Message;
        }
    }

    /// <summary>Places a clip over the previous one, or on new lines if it is the first clip or has a different size.</summary>
    private TerminalVideo Place(Clip next, TerminalVideo? before)
    {
        var video = new TerminalVideo(next, graphics, colors, null, (Console.WindowWidth, Console.WindowHeight - LinesBelow));
        if (before?.Rows != video.Rows)
        {
            Console.Out.Write("\r\u001b[J" + video.Room + "\n" + new string('\n', LinesBelow - 1) + $"\u001b[{LinesBelow - 1}A");
        }

        return video;
    }

    /// <summary>Draws changes and leaves the cursor in the prompt, on the line below the image.</summary>
    /// <param name="picture">Text of the frame; empty if the frame is unchanged.</param>
    /// <param name="last">Lines currently on the screen below the image.</param>
    /// <returns>The new lines below the image.</returns>
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
        : view.Trouble ?? string.Create(CultureInfo.InvariantCulture, $"Seed {seed}, steps: {view.Steps}, {view.Elapsed.TotalMilliseconds:0} ms.")
            + (view.UnknownWords.Count == 0 ? "" : $" Unknown words: {string.Join(", ", view.UnknownWords)}.");
}

using System.Management.Automation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;

namespace TinySora.PowerShell.Output;

/// <summary>Videos that move in the terminal.</summary>
internal static class VideoScreen
{
    /// <summary>The number of times that a video is played by default.</summary>
    public const int UsualTimes = 3;

    /// <summary>The warning where standard output is no such terminal.</summary>
    public const string Missing =
        "Standard output is no terminal that shows colours: nothing is shown. Show-TinySoraVideo -Viewer opens videos in the system's viewer.";

    /// <summary>Whether there is a terminal for it, and the user wants colours.</summary>
    public static bool IsThere(PSCmdlet cmdlet) => Terminal.Colors(cmdlet) != TerminalColors.None;

    /// <summary>Plays a video the given number of times, or until it is cancelled.</summary>
    /// <param name="title">The line above.</param>
    /// <param name="graphics">Null: what the terminal says that it takes.</param>
    /// <param name="width">Characters across; null: as <see cref="TerminalVideo"/> has it.</param>
    public static void Play(
        PSCmdlet cmdlet, Clip clip, string title, int times, TerminalGraphics? graphics, int? width, CancellationToken cancellation)
    {
        var way = graphics ?? Terminal.Graphics();
        var video = new TerminalVideo(clip, way, Terminal.Colors(cmdlet), width, (Console.WindowWidth, Console.WindowHeight));
        Terminal.Show(cmdlet, [TerminalText.Plain(title), Terminal.HideCursor + video.Room]);
        try
        {
            for (var shown = 0; shown < times * clip.Frames && !cancellation.IsCancellationRequested; shown++)
            {
                Terminal.Show(cmdlet, [video.Frame(shown % clip.Frames)]);
                cancellation.WaitHandle.WaitOne(video.FrameTime);
            }
        }
        finally
        {
            // Past the pipeline, which takes nothing more once it was stopped.
            Console.Out.Write(Terminal.ShowCursor);
        }
    }
}

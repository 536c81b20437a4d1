using System.Management.Automation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;

namespace TinySora.PowerShell.Output;

/// <summary>Plays videos in the terminal.</summary>
internal static class VideoScreen
{
    /// <summary>Default number of times that a video is played.</summary>
    public const int DefaultRepeats = 3;

    /// <summary>Warning if standard output cannot show videos.</summary>
    public const string Missing =
        "Nothing is shown, because standard output is not a terminal with colors. Show-TinySoraVideo -Viewer opens videos in the system's viewer.";

    /// <summary>Returns whether standard output is a terminal with colors, and the user has not disabled colors.</summary>
    public static bool IsAvailable(PSCmdlet cmdlet) => Terminal.Colors(cmdlet) != TerminalColors.None;

    /// <summary>Plays a video a number of times, or until cancellation.</summary>
    /// <param name="title">Line above the video.</param>
    /// <param name="graphics">Graphics to use; <c>null</c> for the graphics that the terminal supports.</param>
    /// <param name="width">Width in characters; <c>null</c> for the default of <see cref="TerminalVideo"/>.</param>
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
            // Write directly, because a stopped pipeline does not accept more output.
            Console.Out.Write(Terminal.ShowCursor);
        }
    }
}

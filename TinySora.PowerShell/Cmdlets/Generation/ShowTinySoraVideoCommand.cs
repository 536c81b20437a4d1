using System.ComponentModel;
using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Media.Video;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Plays videos one after another in the terminal, or opens them in the system's viewer.</summary>
[Cmdlet(VerbsCommon.Show, "TinySoraVideo", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Show-TinySoraVideo.md")]
[OutputType(typeof(void))]
public sealed class ShowTinySoraVideoCommand : PathCmdlet
{
    private bool hasWarned;

    [Parameter]
    [ValidateRange(1, 1000)]
    [Number(IsWhole = true)]
    public int Repeat { get; set; } = VideoScreen.DefaultRepeats;

    [Parameter]
    [ValidateRange(1, 1000)]
    [Number(IsWhole = true)]
    public int? Width { get; set; }

    [Parameter]
    public TerminalGraphics? Graphics { get; set; }

    [Parameter]
    [ValidateRange(0.1, 100.0)]
    [Number]
    public double? FramesPerSecond { get; set; }

    [Parameter]
    public SwitchParameter Viewer { get; set; }

    protected override void ProcessPath(string path)
    {
        foreach (var file in (Try(() => ClipPaths.In(path)) ?? []).TakeWhile(_ => !Stopping))
        {
            if (!File.Exists(file))
            {
                WriteError(ErrorRecords.From(MediaErrors.NotFound(file)));
            }
            else if (Viewer)
            {
                Try(() => Open(file));
            }
            else if (!VideoScreen.IsAvailable(this))
            {
                WarnOnce();
            }
            else if (Try(() => ClipFile.Read(file, cancellationToken: Stopped)) is Clip clip)
            {
                var shown = FramesPerSecond is double rate ? clip with { FrameMilliseconds = (int)Math.Round(1000 / rate) } : clip;
                VideoScreen.Play(this, shown, System.IO.Path.GetFileName(file), Repeat, Graphics, Width, Stopped);
            }
        }
    }

    private void WarnOnce()
    {
        if (!hasWarned)
        {
            hasWarned = true;
            WriteWarning(VideoScreen.Missing);
        }
    }

    private void Open(string file)
    {
        try
        {
            // Verify that the file is a video, by decoding a frame.
            ClipFile.ForEachFrame(file, _ => { }, new ReadOptions { MaxFrames = 1 }, Stopped);
            SystemViewer.Open(file);
        }
        catch (Win32Exception e)
        {
            throw InputErrors.NoViewer(file, e);
        }
    }
}

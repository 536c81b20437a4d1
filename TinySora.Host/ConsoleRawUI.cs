using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;

namespace TinySora.Host;

/// <summary>Size and colours of the terminal; where there is none, the size that PowerShell takes.</summary>
internal sealed class ConsoleRawUI : PSHostRawUserInterface
{
    private static readonly Size Usual = new(120, 50);

    public override ConsoleColor ForegroundColor { get; set; } = (ConsoleColor)(-1);

    public override ConsoleColor BackgroundColor { get; set; } = (ConsoleColor)(-1);

    public override Size BufferSize
    {
        get => Console.IsOutputRedirected && !HasTerminal ? Usual : Measured();
        set => throw No();
    }

    public override Size WindowSize { get => BufferSize; set => throw No(); }

    public override Size MaxWindowSize => BufferSize;

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override Coordinates CursorPosition
    {
        get => Console.IsOutputRedirected ? new Coordinates(0, 0) : new Coordinates(Console.CursorLeft, Console.CursorTop);
        set => Console.SetCursorPosition(value.X, value.Y);
    }

    public override Coordinates WindowPosition { get => new(0, 0); set => throw No(); }

    public override int CursorSize { get => 25; set => throw No(); }

    public override string WindowTitle
    {
        get => "tinysora";
        set
        {
            if (!Console.IsOutputRedirected)
            {
                Console.Title = value;
            }
        }
    }

    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    private static bool HasTerminal => !Console.IsErrorRedirected || !Console.IsInputRedirected;

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        Questions.Refuse();
        var key = Console.ReadKey(intercept: options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, default, keyDown: true);
    }

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            Console.ReadKey(intercept: true);
        }
    }

    /// <summary>Wide characters of East Asia take two cells, and so do the halves of one beyond 16 bits; orders to the terminal take none.</summary>
    public override int LengthInBufferCells(string source, int offset)
    {
        var shown = new StringDecorated(source[offset..]);
        return shown.ContentLength + shown.ToString(OutputRendering.PlainText).Count(c => c is (>= '\u1100' and <= '\u115f') or (>= '\u2e80' and <= '\ua4cf')
            or (>= '\uac00' and <= '\ud7a3') or (>= '\uf900' and <= '\ufaff') or (>= '\ufe30' and <= '\ufe6f') or (>= '\uff00' and <= '\uff60')
            or (>= '\uffe0' and <= '\uffe6'));
    }

    public override int LengthInBufferCells(string source) => LengthInBufferCells(source, 0);

    public override int LengthInBufferCells(char source) => LengthInBufferCells(source.ToString(), 0);

    /// <summary>Clears the screen; commands fill with nothing else.</summary>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        if (!Console.IsOutputRedirected)
        {
            Console.Clear();
        }
    }

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw No();

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw No();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw No();

    private static Size Measured()
    {
        try
        {
            return Console.WindowWidth > 0 ? new Size(Console.WindowWidth, Console.WindowHeight) : Usual;
        }
        catch (IOException)
        {
            return Usual;
        }
    }

    private static PSNotSupportedException No() => new("This terminal takes text and nothing else.");
}

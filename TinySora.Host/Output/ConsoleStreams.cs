using System.Management.Automation;
using TinySora.Host.Execution;

namespace TinySora.Host.Output;

/// <summary>Objects and What if on standard output; everything else on standard error.</summary>
internal sealed class ConsoleStreams : IHostStreams, IDisposable
{
    private const string Red = "\u001b[31;1m";
    private const string Yellow = "\u001b[33;1m";
    private const string Green = "\u001b[32;1m";
    private const string Reset = "\u001b[0m";

    // The first rows of a table wait this long for others, so that columns fit; then they show even if no more come.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly Lock gate = new();
    private readonly ConsoleTarget target;
    private readonly ObjectPrinter printer;
    private readonly Timer flush;

    public ConsoleStreams(ConsoleTarget target, FormatViews views)
    {
        this.target = target;
        printer = new ObjectPrinter(WriteOut, views, target.Width, target.OutColor);
        flush = new Timer(_ => Locked(printer.Flush));
    }

    public void Object(object? value) => Locked(() =>
    {
        var waited = printer.IsWaiting;
        printer.Print(value);
        if (printer.IsWaiting && !waited)
        {
            flush.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    });

    public void Error(ErrorRecord record) => WriteErr(Red, [.. ErrorView.Lines(record)]);

    public void Warning(string text) => WriteErr(Yellow, $"WARNING: {text}");

    public void Verbose(string text) => WriteErr(Yellow, $"VERBOSE: {text}");

    public void Debug(string text) => WriteErr(Yellow, $"DEBUG: {text}");

    /// <summary>Where standard output is no terminal somebody wants the objects there, and nothing among them.</summary>
    public void Information(InformationRecord record)
    {
        if (target.Width > 0)
        {
            Say(record.ToString());
        }
        else
        {
            WriteErr("", record.ToString());
        }
    }

    public void Say(string text) => Locked(() =>
    {
        printer.Flush();
        WriteOut(text, false);
    });

    public void Progress(long source, ProgressRecord record) => Locked(() => target.Progress.Show(source, record));

    public Answer Ask(string caption, string question, bool offerAll)
    {
        if (target.Ask is not { } ask)
        {
            throw new PSInvalidOperationException(
                $"{question} There is no terminal to ask on: add -Force where the command has it, or -Confirm:false.");
        }

        Locked(printer.Flush);
        return ask(caption, question, offerAll);
    }

    public void Complete() => Locked(() =>
    {
        target.Progress.Hide();
        printer.Close();
        target.Out.Flush();
        target.Err.Flush();
    });

    public void Dispose() => flush.Dispose();

    private void WriteOut(string line, bool isHeader)
    {
        target.Progress.Hide();
        target.Out.WriteLine(isHeader && target.OutColor ? $"{Green}{line}{Reset}" : line);
    }

    private void WriteErr(string color, params string[] lines) => Locked(() =>
    {
        printer.Flush();
        target.Progress.Hide();
        foreach (var line in lines)
        {
            target.Err.WriteLine(target.ErrColor && color.Length > 0 ? $"{color}{line}{Reset}" : line);
        }
    });

    private void Locked(Action action)
    {
        lock (gate)
        {
            action();
        }
    }
}

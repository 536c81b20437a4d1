using System.Management.Automation;
using Spectre.Console;
using TinySora.Host.Output;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Progress in logs and on terminals.</summary>
public sealed class ProgressTests
{
    private readonly StringWriter writer = new();
    private readonly Clock clock = new();

    [Fact]
    public void A_log_gets_a_line_every_ten_seconds()
    {
        ProgressLines view = new(writer, clock);
        for (var second = 0; second <= 25; second++, clock.Seconds++)
        {
            view.Show(0, new ProgressRecord(1, "Training", $"step {second}"));
        }

        Assert.Equal(["Training: step 0", "Training: step 10", "Training: step 20"], Lines());
    }

    [Fact]
    public void An_activity_that_comes_again_shows_at_once()
    {
        ProgressLines view = new(writer, clock);
        view.Show(0, new ProgressRecord(1, "Reading", "a"));
        view.Show(0, new ProgressRecord(1, "Reading", "a") { RecordType = ProgressRecordType.Completed });
        view.Show(0, new ProgressRecord(1, "Reading", "b"));
        Assert.Equal(["Reading: a", "Reading: b"], Lines());
    }

    [Fact]
    public void A_terminal_shows_one_bar_per_activity_and_takes_it_away()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 80;
        ProgressBars view = new(console, clock);
        view.Show(0, new ProgressRecord(1, "Training", "[step] 1") { PercentComplete = 50 });
        view.Show(0, new ProgressRecord(2, "Preview", "clip") { PercentComplete = 0 });
        Assert.Contains("[step] 1, 50 %", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("Preview: clip", writer.ToString(), StringComparison.Ordinal);
        writer.GetStringBuilder().Clear();
        view.Show(0, new ProgressRecord(1, "Training", "step 2") { PercentComplete = 51 });
        Assert.Equal("", writer.ToString());
        view.Hide();
        Assert.Contains("\u001b[2A", writer.ToString(), StringComparison.Ordinal);
        writer.GetStringBuilder().Clear();
        view.Hide();
        Assert.Equal("", writer.ToString());
    }

    private string[] Lines() => writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 1;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}

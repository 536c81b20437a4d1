using System.Text.RegularExpressions;
using System.Xml.Linq;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed partial class DashboardTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly string folder;

    /// <summary>A name with HTML's special characters, as far as a folder's name may contain them.</summary>
    private static string Name => Names.CanBe("a <run> & more") ? "a <run> & more" : "a & more";

    public DashboardTests() => folder = Directory.CreateDirectory(temporary.File(Name)).FullName;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void Page_is_self_contained()
    {
        var html = Write(RunState.Running);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_reloads_only_while_the_run_is_live()
    {
        Assert.Contains("http-equiv=\"refresh\"", Write(RunState.Running), StringComparison.Ordinal);
        Assert.Contains("http-equiv=\"refresh\"", Write(RunState.Paused), StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", Write(RunState.Completed), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_shows_figures_and_escapes_names_and_messages()
    {
        var html = Write(RunState.Failed, problem: "<b>No</b> clip & no hope");
        Assert.Contains($"<title>{Name.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)} - TinySora</title>", html, StringComparison.Ordinal);
        Assert.Contains("role=\"progressbar\" aria-label=\"Completed steps\" aria-valuenow=\"25\"", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;No&lt;/b&gt; clip &amp; no hope", html, StringComparison.Ordinal);
        foreach (var text in new[] { "1,234 of 5,000", "0.1250", "2.50 steps/s, 20.0 clips/s", "1:01:04", "1e-4", "512 MB", "cpu" })
        {
            Assert.Contains($"<dd>{text}</dd>", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Time_left_is_shown_for_a_live_run()
    {
        Assert.Contains("<dt>Time left</dt><dd>0:25:06</dd>", Write(RunState.Running), StringComparison.Ordinal);
        Assert.Contains("<dt>Time left</dt><dd>-</dd>", Write(RunState.Paused), StringComparison.Ordinal);
        Assert.Contains("<dt>Time left</dt><dd>-</dd>", Write(RunState.TimeBudget), StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_stay_within_their_frame()
    {
        var charts = Svg().Matches(Write(RunState.Running)).Select(match => XElement.Parse(match.Value)).ToList();
        Assert.Equal([2, 1, 1], charts.Select(chart => chart.Elements("polyline").Count()));
        Assert.All(charts, chart =>
        {
            var frame = chart.Attribute("viewBox")!.Value.Split(' ').Select(Number).ToArray();
            var points = chart.Elements("polyline").SelectMany(line => line.Attribute("points")!.Value.Split(' ')).Select(p => p.Split(',').Select(Number).ToArray()).ToList();
            Assert.True(points.Count >= 200);
            Assert.All(points, point => Assert.True(point[0] >= 0 && point[0] <= frame[2] && point[1] >= 0 && point[1] <= frame[3]));
        });

        static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Three_newest_samples_are_embedded_byte_by_byte()
    {
        for (var step = 1; step <= 4; step++)
        {
            var path = Sample(step == 4 ? "preview-00000004.gif" : $"sample-0000000{step}.gif", step * 40);
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddHours(step));
        }

        var pictures = Picture().Matches(Write(RunState.Running)).Select(match => Convert.FromBase64String(match.Groups[1].Value)).ToList();

        string[] newest = ["preview-00000004.gif", "sample-00000003.gif", "sample-00000002.gif"];
        Assert.Equal(newest.Select(name => File.ReadAllBytes(Path.Combine(folder, name))), pictures);
    }

    [Fact]
    public void Run_without_a_step_has_a_page()
    {
        new Dashboard(folder).Write(Status(RunState.Starting), new StepHistory([]));
        Assert.Contains("No steps yet.", File.ReadAllText(Path.Combine(folder, Dashboard.Name)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Browser_shows_curve_and_samples_in_light_and_dark(bool dark)
    {
        Assert.SkipWhen(Chromium.Path is null, "No Chromium is on the PATH.");
        Sample("sample-00000001.gif", 200);
        Write(RunState.Running);

        var picture = Chromium.Photograph(Path.Combine(folder, Dashboard.Name), temporary.File("page.png"), dark);

        // The corner, the smoothed line and a sample of one color have the colors of the style sheet and the clip.
        Assert.Equal(dark ? (0x12, 0x15, 0x1b) : (0xf6, 0xf7, 0xf9), Color(picture, 0, 0));
        Assert.True(Count(picture, dark ? (0x56, 0xb4, 0xe9) : (0x00, 0x72, 0xb2)) > 500);
        Assert.True(Count(picture, (200, 200, 200)) > 5000);
    }

    private static (int, int, int) Color(Clip picture, int x, int y)
    {
        var at = ((y * picture.Width) + x) * picture.Channels;
        return (picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]);
    }

    /// <summary>Counts the pixels of a color below the figures.</summary>
    private static int Count(Clip picture, (int, int, int) color) => Enumerable.Range(300 * picture.Width, (picture.Height - 300) * picture.Width)
        .Count(i => Color(picture, i % picture.Width, i / picture.Width) == color);

    private string Sample(string name, int value)
    {
        var path = Path.Combine(folder, name);
        var clip = new Clip([.. Enumerable.Repeat((byte)value, 2 * 16 * 16 * 3)], 2, 16, 16, 3);
        ClipFile.Write(path, clip);
        return path;
    }

    private string Write(RunState state, string? problem = null)
    {
        var steps = Enumerable.Range(1, 1234)
            .Select(step => new TrainingStep(step, (1 + (0.3 * Math.Sin(step))) / Math.Sqrt(step), 1e-4, 0.5, 20, TimeSpan.FromSeconds(step * 2.97)));
        new Dashboard(folder).Write(Status(state, problem), new StepHistory(steps));
        return File.ReadAllText(Path.Combine(folder, Dashboard.Name));
    }

    private static RunStatus Status(RunState state, string? problem = null) => new()
    {
        State = state, Problem = problem, Step = 1234, TotalSteps = 5000, Loss = 0.125, StepsPerSecond = 2.5,
        RemainingSeconds = 1506, LearningRate = 1e-4, MemoryBytes = 512_000_000, Device = "cpu", UpdatedAt = DateTimeOffset.Now,
    };

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();

    [GeneratedRegex("src=\"data:image/gif;base64,([^\"]+)\"")]
    private static partial Regex Picture();
}

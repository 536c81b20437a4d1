using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Studio;
using TinySora.Engine.Tests.Runs;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the page of runs, in the studio and in a file.</summary>
public sealed partial class RunPageTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly TwoRuns runs = new();

    public void Dispose()
    {
        runs.Dispose();
        temporary.Dispose();
    }

    [Fact]
    public void A_run_is_shown_with_curves_and_pictures_and_without_its_folder()
    {
        var all = RunView.Of([runs.Folder, Path.Combine(runs.Folder, "adamw"), temporary.File("not there yet")]);
        Assert.Equal(["adamw", TwoRuns.Odd], all.Select(run => run.Name));
        Assert.Equal((RunState.Completed, 2000, 2000, 800, 100), (all[0].State, all[0].Step, all[0].TotalSteps, all[0].Elapsed, all[0].Tflop));
        Assert.Equal(["smoothed loss", "loss", "clips per second", "learning rate", "val.loss"], all[0].Curves.Select(curve => curve.Name));
        Assert.Equal([(100, 0.603288), (2000, 0.000301916)], Ends(all[0].Curves[4]));
        Assert.Equal([500, 1000, 1500, 2000], all[0].Samples.Select(sample => sample.Step));
        Assert.DoesNotContain(runs.Folder, Encoding.UTF8.GetString(HttpAnswer.JsonBytes(all)), StringComparison.Ordinal);

        static (int, double)[] Ends(RunView.Curve curve) => [((int)curve.Points[0][0], curve.Points[0][1]), ((int)curve.Points[^1][0], curve.Points[^1][1])];
    }

    [Fact]
    public void Runs_of_one_name_are_numbered()
    {
        using var others = new TwoRuns();
        Assert.Equal(["adamw", TwoRuns.Odd, "adamw (2)", $"{TwoRuns.Odd} (2)"], RunView.Of([runs.Folder, others.Folder]).Select(run => run.Name));
    }

    [Fact]
    public void A_number_is_not_the_name_of_another_run()
    {
        using var second = new TwoRuns();
        using var third = new TwoRuns("adamw (2)");
        string[] folders = [runs.Folder, second.Folder, third.Folder];
        var names = RunView.Of(folders).Select(run => run.Name).ToList();
        Assert.Equal(6, names.Distinct().Count());
        Assert.Contains("adamw (3)", names);
        Assert.Contains("<title>6 runs", RunReport.Of(folders), StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_of_a_failed_run_is_shown_without_its_folders()
    {
        var folder = Path.Combine(runs.Folder, "adamw");
        var checkpoint = Path.Combine(folder, "model-2.safetensors");
        (RunStatus.Read(folder)! with { State = RunState.Failed, Problem = $"Training diverged, and rolling back to '{checkpoint}' did not help." }).Write(folder);
        Assert.Equal("Training diverged, and rolling back to 'model-2.safetensors' did not help.", RunView.Of([runs.Folder])[0].Problem);
        Assert.DoesNotContain(runs.Folder, RunReport.Of([runs.Folder]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rolling back to '/home/me/my runs/a/model-2.safetensors' did not help", "rolling back to 'model-2.safetensors' did not help")]
    [InlineData("Could not find file '/home/o'brien/clip.gif'.", "Could not find file 'clip.gif'.")]
    [InlineData(@"No access to C:\Users\me\clip.gif, or \\server\share\clip.gif", "No access to clip.gif, or clip.gif")]
    [InlineData("(~/runs/a/) and file:///home/me/b", "(a) and b")]
    [InlineData("3/4 of a/b, see https://example.org/a/b", "3/4 of a/b, see https://example.org/a/b")]
    public void Absolute_paths_are_shortened(string text, string shortened) => Assert.Equal(shortened, PathText.Shorten(text));

    [Theory]
    [InlineData("training_data_dir=/home/me/my clips, v2, objective=v", "training_data_dir=my clips, v2, objective=v")]
    [InlineData("data.paths=[/home/me/a, /home/me/b], train_lr=0.001", "data.paths=[a, b], train_lr=0.001")]
    [InlineData(@"training_data_dir=C:\Users\me\clips, text.path=./bert", "training_data_dir=clips, text.path=./bert")]
    [InlineData("", "")]
    public void Absolute_paths_in_settings_are_shortened(string settings, string shortened) => Assert.Equal(shortened, PathText.ShortenSettings(settings));

    [Fact]
    public void Only_pictures_of_its_runs_are_served()
    {
        var desk = new RunService([runs.Folder]);
        File.WriteAllText(Path.Combine(runs.Folder, "adamw", "secret.gif"), "secret");
        Assert.Equal(File.ReadAllBytes(Path.Combine(runs.Folder, "adamw", "sample-00000500.gif")), desk.Picture("adamw", "sample-00000500.gif"));
        Assert.Null(desk.Picture("adamw", "secret.gif"));
        Assert.Null(desk.Picture("adamw", "../adamw/sample-00000500.gif"));
        Assert.Equal("TinySora.Studio.NoSuchRun", Assert.Throws<TinySoraException>(() => desk.Picture("../adamw", "sample-00000500.gif")).Id);
    }

    [Fact]
    public void Control_requests_reach_a_live_run_and_its_checkpoints_generate_clips()
    {
        using var tiny = new TinyRun();
        using (var live = new LiveRun(tiny))
        {
            var desk = new RunService([tiny.Results]);
            Assert.True(Assert.Single(desk.Runs).IsLive);
            desk.Give(new RunOrder("results", RunAction.Suspend), CancellationToken.None);
            Assert.Equal(RunState.Paused, desk.Runs[0].State);
            desk.Give(new RunOrder("results", RunAction.Resume), CancellationToken.None);
            var saved = desk.Give(new RunOrder("results", RunAction.Save), CancellationToken.None);
            Assert.Contains(saved.Step, desk.Runs[0].Checkpoints);
            var drawn = desk.Give(new RunOrder("results", RunAction.Preview, "a red circle", 3), CancellationToken.None);
            Assert.Contains(Path.GetFileName(drawn.Path), desk.Runs[0].Samples.Select(sample => sample.File));

            var made = desk.Sample(new RunSample("results", saved.Step, "a red circle", 5), CancellationToken.None);
            using var generator = VideoGenerator.Open(saved.Path!, "cpu");
            Assert.Equal(generator.Sample([new(5) { Text = "a red circle" }]).Single().Clip.Pixels, made.Clips[0].Pixels);
            Assert.Equal("TinySora.Training.NoSuchStep", Assert.Throws<TinySoraException>(() => desk.Sample(new RunSample("results", 999_999_999, "x", 0), CancellationToken.None)).Id);

            desk.Give(new RunOrder("results", RunAction.Stop), CancellationToken.None);
            Assert.True(live.Result.Step > 0);
            Assert.Equal("TinySora.Training.NotLive", Assert.Throws<TinySoraException>(() => desk.Give(new RunOrder("results", RunAction.Save), CancellationToken.None)).Id);
        }
    }

    [Fact]
    public void A_report_is_self_contained_and_escapes_names()
    {
        var html = RunReport.Of([runs.Folder]);
        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(runs.Folder, html, StringComparison.Ordinal);
        Assert.DoesNotContain("://", html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var data = JsonNode.Parse(Data().Match(html).Groups["data"].Value)!;
        Assert.Equal(TwoRuns.Odd, $"{data["runs"]![1]!["name"]}");
        Assert.Equal(
            Convert.ToBase64String(File.ReadAllBytes(Path.Combine(runs.Folder, "adamw", "sample-00002000.gif"))), $"{data["pictures"]!["adamw"]!["sample-00002000.gif"]}");
        Assert.Equal("TinySora.Training.NoRun", Assert.Throws<TinySoraException>(() => RunReport.Of([temporary.File("nothing")])).Id);
    }

    [Fact]
    public void A_report_opens_without_a_server_and_shows_values_by_keys_and_pointer()
    {
        File.WriteAllText(temporary.File("report.html"), RunReport.Of([runs.Folder]));
        using var browser = new Browser();
        browser.Open(new Uri(temporary.File("report.html")), 1100, 900);
        browser.Until("document.querySelectorAll('.chart polyline').length === 2 && document.querySelectorAll('.pictures img').length === 2");
        Assert.Equal($"adamw|{TwoRuns.Odd}", browser.Evaluate("[...document.querySelectorAll('tbody th')].map(cell => cell.innerText.trim()).join('|')"));
        browser.Until("[...document.querySelectorAll('.pictures img')].every(image => image.complete && image.naturalWidth > 0)");

        // The validation loss of step 1000 is begin * exp(-rate * step).
        browser.Evaluate("const select = document.querySelector('select'); select.value = 'val.loss'; select.dispatchEvent(new Event('change')); document.querySelector('.chart').focus(); ''");
        browser.Press("Home", 36);
        Assert.Matches($@"at step 100\s*adamw: 0\.6033\s*{TwoRuns.Odd}: 0\.5731", browser.Evaluate("document.querySelector('.told').innerText"));
        browser.Evaluate("const box = document.querySelector('.chart').getBoundingClientRect(); document.querySelector('.chart').dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width * (54 + 650 * 900 / 1900) / 720, clientY: box.top + 50 })); ''");
        Assert.Matches($@"at step 1,?000\s*adamw: 0\.01648\s*{TwoRuns.Odd}: 0\.09473", browser.Evaluate("document.querySelector('.told').innerText"));

        browser.Evaluate("const slider = document.querySelector('input[type=range]'); slider.focus(); ''");
        browser.Press("ArrowLeft", 37);
        browser.Until("[...document.querySelectorAll('figcaption')].every(caption => caption.innerText.includes('1500') || caption.innerText.includes('1,500'))");
        browser.Evaluate("document.querySelector('tbody input').click(); ''");
        browser.Until("document.querySelectorAll('.chart polyline').length === 1 && document.querySelectorAll('.pictures img').length === 1");
        browser.Evaluate("document.querySelector('tbody input').click(); ''");
        browser.Save("studio-report-light");
        browser.Open(new Uri(temporary.File("report.html")), 390, 844, dark: true);
        browser.Until("document.querySelectorAll('.chart polyline').length === 2");
        Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
        browser.Save("studio-report-phone-dark");
    }

    [Fact]
    public void Smallest_possible_losses_are_dashed_lines_under_the_losses_only()
    {
        foreach (var folder in Directory.GetDirectories(runs.Folder))
        {
            (RunStatus.Read(folder)! with { SmallestLoss = 0.0125 }).Write(folder);
        }

        File.WriteAllText(temporary.File("report.html"), RunReport.Of([runs.Folder]));
        using var browser = new Browser();
        browser.Open(new Uri(temporary.File("report.html")), 1100, 900);
        browser.Until("document.querySelectorAll('.chart polyline').length > 0");
        foreach (var (metric, lines) in new[] { ("loss", "3, 1"), ("val.loss", "3, 1"), ("smoothed loss", "3, 1"), ("learning rate", "2, 0") })
        {
            browser.Evaluate($"var select = document.querySelector('select'); select.value = '{metric}'; select.dispatchEvent(new Event('change')); ''");
            browser.Until($"['.chart polyline', '.chart .dashed'].map(lines => document.querySelectorAll(lines).length).join(', ') === '{lines}'");
        }

        browser.Evaluate("select.value = 'loss'; select.dispatchEvent(new Event('change')); document.querySelector('.chart').focus(); ''");
        browser.Press("End", 35);
        Assert.Matches(@"at step 2,?000[\s\S]*smallest possible: 0\.0125$", browser.Evaluate("document.querySelector('.told').innerText.trim()"));
    }

    [Fact]
    public void A_refresh_keeps_the_focus_and_what_the_user_has_begun()
    {
        File.WriteAllText(temporary.File("report.html"), RunReport.Of([runs.Folder]));
        using var browser = new Browser();
        browser.Send("Emulation.setFocusEmulationEnabled", new() { ["enabled"] = true }); // A page without the focus gets no blur events.
        browser.Open(new Uri(temporary.File("report.html")), 1100, 900);
        browser.Until("document.querySelectorAll('.chart polyline').length === 2");
        browser.Evaluate("""
            var live = step => data.runs.map(run => ({ ...run, isLive: true, state: 'Running', step, problem: 'it failed' }));
            var orders = [];
            var runsPage = new RunsPage($('runs'), { picture: () => '', order: async order => { orders.push(order.action); return { step: 1 }; } });
            runsPage.show(live(1));
            var button = text => [...document.querySelectorAll('#runs button')].find(one => one.innerText === text);
            ''
            """);
        Assert.Equal("it failed", browser.Evaluate("document.querySelector('td .problem').innerText"));
        browser.Evaluate("button('Stop').focus(); button('Stop').click(); runsPage.show(live(2)); ''");
        Assert.Equal("Stop?|2", browser.Evaluate("`${document.activeElement.innerText}|${document.querySelector('tbody td:nth-of-type(3)').innerText[0]}`"));
        browser.Evaluate("button('Save').focus(); ''");
        browser.Until("!button('Stop?')");
        browser.Evaluate("button('Stop').focus(); button('Stop').click(); runsPage.show(live(3)); document.activeElement.click(); ''");
        browser.Until("orders.join() === 'Stop' && document.activeElement.innerText === 'Stop' && !document.activeElement.disabled");

        browser.Evaluate("runsPage.sort('Step'); runsPage.show(live(4)); ''");
        Assert.StartsWith("Step", browser.Evaluate("document.activeElement.innerText"), StringComparison.Ordinal);
        browser.Evaluate("document.querySelector('select').focus(); runsPage.show(live(5)); ''");
        Assert.Equal("SELECT", browser.Evaluate("document.activeElement.tagName"));
        browser.Evaluate("document.querySelector('.chart').focus(); ''");
        browser.Press("Home", 36);
        var values = browser.Evaluate("document.querySelector('.told').innerText");
        Assert.StartsWith("at step 2", values, StringComparison.Ordinal);
        browser.Evaluate("var picture = document.querySelector('.pictures img'); runsPage.show(live(6)); ''");
        Assert.Equal($"true|true|{values}", browser.Evaluate(
            "`${document.activeElement.classList.contains('chart')}|${picture === document.querySelector('.pictures img')}|${document.querySelector('.told').innerText}`"));
    }

    [Fact]
    public void Missing_values_are_sorted_last_and_many_long_runs_are_drawn()
    {
        File.WriteAllText(temporary.File("report.html"), RunReport.Of([runs.Folder]));
        using var browser = new Browser();
        browser.Open(new Uri(temporary.File("report.html")), 1100, 900);
        browser.Until("document.querySelectorAll('.chart polyline').length === 2");
        Assert.Equal("1,2,3,,|3,2,1,,", browser.Evaluate(
            "[false, true].map(down => [2, null, 3, '', 1].sort((a, b) => compare(a, b, down)).map(value => value ?? '').join()).join('|')"));
        Assert.Equal("150", browser.Evaluate("""
            (() => {
              const points = Array.from({ length: 1000 }, (_, i) => [i, 1 / (i + 1)]);
              const lines = Array.from({ length: 150 }, (_, place) => ({ name: `run ${place}`, place, points }));
              return `${chart('loss', lines, false, { step: null }).querySelectorAll('polyline').length}`;
            })()
            """));
    }

    [Fact]
    public async Task Buttons_of_the_page_control_a_live_run()
    {
        using var tiny = new TinyRun();
        using var live = new LiveRun(tiny);
        using var ended = new TwoRuns("muon");
        using var generator = VideoGenerator.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        using var session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "shapes-lean", OutputPath = temporary.File("out"), RunFolders = [tiny.Results, ended.Folder], Command = _ => "",
        });
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => session.Run(stop.Token), CancellationToken.None);
        using (var browser = new Browser())
        {
            browser.Open(new Uri(session.Address, "#runs"), dark: true);
            browser.Until("[...document.querySelectorAll('tbody tr')].length === 3");
            Click(browser, "Pause");
            browser.Until("document.querySelector('.state').innerText === 'Paused' && document.querySelector('#runs .said').innerText.includes('done')");
            Assert.Equal(RunState.Paused, TrainingRun.List(tiny.Results)[0].State);
            browser.Save("studio-runs-dark");
            Click(browser, "Resume");
            browser.Until("document.querySelector('.state').innerText === 'Running'");
            Click(browser, "Stop");
            Click(browser, "Stop?");
            Assert.True(live.Result.Step > 0);
        }

        await stop.CancelAsync();
        await serving;

        static void Click(Browser browser, string text) => browser.Until(
            $"(button => button && !button.disabled && (button.click(), true))([...document.querySelectorAll('.orders button')].find(button => button.innerText === '{text}'))");
    }

    [Fact]
    public async Task Runs_are_filtered_and_trainings_queued_on_the_page_at_any_width()
    {
        using var tiny = new TinyRun();
        using var live = new LiveRun(tiny);
        new RunNotes(["baseline", "lr"], "first try").Update(Path.Combine(runs.Folder, "adamw"));
        using var generator = VideoGenerator.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        var orders = new List<TrainingOrder>();
        Directory.CreateDirectory(temporary.File("training_data"));
        using var session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "shapes-lean", OutputPath = temporary.File("out"), RunFolders = [tiny.Results, runs.Folder], Command = _ => "",
            Trainings = new StudioTrainings(temporary.Path, orders.Add, order => $"Start-TinySoraTraining {order.Config} -Budget {order.Budget} -Queue"),
        });
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => session.Run(stop.Token), CancellationToken.None);
        using (var browser = new Browser())
        {
            foreach (var (width, height, dark) in new[] { (1280, 800, false), (1920, 1080, true), (390, 844, false) })
            {
                browser.Open(new Uri("about:blank"));
                browser.Open(new Uri(session.Address, "#runs"), width, height, dark);
                browser.Until("document.querySelectorAll('tbody tr').length === 3 && document.getElementById('train')");
                Assert.Equal($"{width}", browser.Evaluate("document.documentElement.scrollWidth"));
                Assert.Equal("Run,State,Actions", browser.Evaluate("[...document.querySelectorAll('thead th')].slice(0, 3).map(cell => cell.innerText.trim()).join()"));
                Assert.Equal("step", browser.Evaluate("document.querySelector('.chart .title').textContent"));
                // The name of a run stays visible while the rest of its row scrolls.
                browser.Evaluate("document.querySelector('.wide').scrollLeft = 200; ''");
                Assert.Equal("true", browser.Evaluate("`${Math.abs(document.querySelector('tbody th').getBoundingClientRect().left - document.querySelector('.wide').getBoundingClientRect().left) < 2}`"));
                browser.Save($"studio-runs-{width}");
            }

            browser.Evaluate("[...document.querySelectorAll('td .words button')].find(tag => tag.innerText === 'baseline').click(); ''");
            browser.Until("document.querySelectorAll('tbody tr').length === 1 && document.querySelectorAll('.chart polyline').length === 1");
            browser.Evaluate("const search = document.querySelector('input[type=search]'); search.value = 'completed'; search.dispatchEvent(new Event('input')); ''");
            browser.Until("document.querySelectorAll('tbody tr').length === 2");

            browser.Open(new Uri("about:blank"));
            browser.Open(new Uri(session.Address, "#runs"), 1280, 800);
            browser.Until("document.getElementById('trainName')?.value");
            browser.Evaluate("$('train').open = true; $('trainBudget').value = '3min'; $('trainBudget').dispatchEvent(new Event('input', { bubbles: true })); ''");
            browser.Until("$('train').querySelector('.command').innerText === 'Start-TinySoraTraining shapes-small -Budget 3min -Queue'");
            browser.Save("studio-train-1280");
            Assert.Empty(orders);
            browser.Evaluate("$('trainName').focus(); $('trainName').value = ''; form.propose([]); ''");
            Assert.Equal("", browser.Evaluate("$('trainName').value"));
            browser.Evaluate("$('trainName').blur(); form.propose(['run-1']); ''");
            Assert.Equal("run-2", browser.Evaluate("$('trainName').value"));
            browser.Evaluate("$('trainName').value = '../x'; $('train').querySelector('[type=submit]').click(); ''");
            browser.Until("$('train').querySelector('.said.problem')?.innerText.includes('valid run name')");
            browser.Evaluate("$('trainName').value = 'run-9'; $('train').querySelector('[type=submit]').click(); ''");
            browser.Until("$('train').querySelector('.said').innerText.startsWith('Added to the queue')");
            Assert.Equal(temporary.File("runs", "run-9"), Assert.Single(orders).ResultsPath);
        }

        await stop.CancelAsync();
        await serving;
    }

    [GeneratedRegex("""<script type="application/json" id="data">(?<data>[^<]*)</script>""")]
    private static partial Regex Data();
}

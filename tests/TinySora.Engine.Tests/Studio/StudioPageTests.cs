using System.Text.Json;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the page in a browser, with shapes-lean.</summary>
public sealed class StudioPageTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly VideoGenerator generator;
    private readonly StudioSession session;
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public StudioPageTests()
    {
        // TINYSORA_STUDIO_CHECKPOINT selects another model to measure, with more threads than other tests use.
        EngineThread.FixedThreads = int.TryParse(Environment.GetEnvironmentVariable("TINYSORA_STUDIO_THREADS"), out var threads) ? threads : null;
        generator = VideoGenerator.Open(Environment.GetEnvironmentVariable("TINYSORA_STUDIO_CHECKPOINT") ?? Repository.At("models", "shapes-lean.safetensors"), "cpu");
        session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "shapes-lean", OutputPath = temporary.File("results"),
            Command = request => $"Invoke-TinySoraGenerate -Prompt '{request.Prompt}' -Seed {request.Seed}",
        });
        session.WarmUp(CancellationToken.None);
        serving = Task.Run(() => session.Run(stop.Token));
    }

    public void Dispose()
    {
        stop.Cancel();
        serving.Wait();
        session.Dispose();
        generator.Dispose();
        temporary.Dispose();
        stop.Dispose();
    }

    [Fact]
    public void Typing_changes_the_clip_at_any_width()
    {
        using var browser = new Browser();
        browser.Open(session.Address);
        browser.Until("document.activeElement?.id === 'prompt' && document.querySelectorAll('#words button').length > 10");
        Measure(browser, "a red circle moving right");
        browser.Until("document.body.dataset.whole && Number(document.body.dataset.rests) === turn");
        browser.Evaluate("$('prompt').value = ''; ''");
        browser.Type("a red circle moving right");
        browser.Until("$('command').textContent.includes('right') && Number(document.body.dataset.rests) === turn");
        var red = browser.Evaluate("JSON.stringify([...main.frames[2].data])");
        Assert.True(Redness(red) > 0.02, "The clip of a red circle contains no red.");
        browser.Save("studio-light");

        browser.Evaluate("$('prompt').value = ''; ''");
        browser.Type("a blue square growing");
        browser.Until("$('command').textContent.includes('blue square growing') && Number(document.body.dataset.rests) === turn");
        Assert.True(Redness(browser.Evaluate("JSON.stringify([...main.frames[2].data])")) < 0.01);
        browser.Open(session.Address, 390, 844, dark: true);
        browser.Until("document.querySelectorAll('#words button').length > 10");
        browser.Type("a blue square growing");
        browser.Until("$('command').textContent.includes('blue square growing') && Number(document.body.dataset.rests) === turn");
        browser.Save("studio-phone-dark");
        Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
    }

    [Fact]
    public void The_page_opens_with_an_example_and_keeps_its_state_in_the_address()
    {
        using var browser = new Browser();
        browser.Open(session.Address, 1280, 800);
        Rests(browser);
        Assert.Equal("a cyan square moving right|Ready", browser.Evaluate("`${$('prompt').value}|${$('speed').textContent}`"));
        Assert.Equal("true", browser.Evaluate("`${[...document.querySelectorAll('canvas')].every(canvas => canvas.classList.contains('filled'))}`"));
        Assert.Equal("true", browser.Evaluate("`${Math.abs($('clip').getBoundingClientRect().left - $('prompt').getBoundingClientRect().left) < 2}`"));
        browser.Save("studio-1280");
        browser.Type("a red star");
        Rests(browser);
        Assert.Equal("a red star", browser.Evaluate("$('prompt').value"));
        browser.Evaluate("$('seed').value = 12; $('seed').dispatchEvent(new Event('input')); const steps = $('set-Steps'); steps.value = 7; steps.dispatchEvent(new Event('input')); ''");
        browser.Until("location.hash.includes('seed=12') && location.hash.includes('Steps=7') && Number(document.body.dataset.rests) === turn");
        var (address, pixels) = (new Uri(browser.Evaluate("location.href")), browser.Evaluate("JSON.stringify([...main.frames[2].data])"));
        browser.Send("Page.reload", []);
        Asked();
        browser.Open(new Uri("about:blank"));
        browser.Open(address);
        Asked();

        void Asked()
        {
            browser.Until("document.readyState === 'complete' && typeof turn === 'number' && turn > 0");
            Rests(browser);
            Assert.Equal("a red star|12|7", browser.Evaluate("`${$('prompt').value}|${$('seed').value}|${$('set-Steps').value}`"));
            Assert.Equal(pixels, browser.Evaluate("JSON.stringify([...main.frames[2].data])"));
        }
    }

    [Fact]
    public void Problems_appear_at_their_fields_with_suggestions()
    {
        using var browser = new Browser();
        browser.Open(session.Address, 1280, 800);
        Rests(browser);
        browser.Type("a red sqare moving up");
        browser.Until("$('promptSaid').innerText.includes('Did you mean square?')");
        Assert.Equal("rgb(138, 83, 0)", browser.Evaluate("getComputedStyle($('promptSaid')).color"));
        Rests(browser);
        browser.Save("studio-meant-1280");
        browser.Evaluate("$('promptSaid').querySelector('button').click(); ''");
        Rests(browser);
        Assert.Equal("a red square moving up|", browser.Evaluate("`${$('prompt').value}|${$('promptSaid').innerText}`"));

        browser.Evaluate("$('without').value = 'a (blue'; $('without').dispatchEvent(new Event('input')); ''");
        browser.Until("$('withoutSaid').innerText.includes('unbalanced') && !$('promptSaid').innerText && $('stage').classList.contains('stale')");
        browser.Evaluate("$('without').value = ''; $('without').dispatchEvent(new Event('input')); $('seed').value = '-3'; $('seed').dispatchEvent(new Event('input')); ''");
        browser.Until("$('seedSaid').innerText.includes('whole number')");
        Rests(browser);

        // With nothing to show, there are neither black boxes nor buttons that need a clip.
        browser.Evaluate("$('prompt').focus(); $('prompt').select(); ''");
        browser.Press("Backspace", 8);
        browser.Until("$('typing').classList.contains('empty')");
        Assert.Equal("", browser.Evaluate("['clip', 'play', 'save', 'copy', 'download', 'more', 'seeds', 'command'].filter(id => $(id).checkVisibility()).join()"));
        browser.Save("studio-empty-1280");
    }

    [Fact]
    public void Chips_are_one_tab_stop_by_kind_and_arrows_move_among_them()
    {
        using var browser = new Browser();
        browser.Open(session.Address, 1920, 1080, dark: true);
        Rests(browser);
        browser.Save("studio-1920-dark");
        Assert.StartsWith("Colors,Things,Motions", browser.Evaluate("[...document.querySelectorAll('#words > div > span')].map(kind => kind.innerText).join()"), StringComparison.Ordinal);
        browser.Press("Tab", 9);
        browser.Press("ArrowRight", 39);
        browser.Press("ArrowRight", 39);
        Assert.Equal("true|1", browser.Evaluate(
            "`${document.activeElement === document.querySelectorAll('#words button')[2]}|${[...document.querySelectorAll('#words button')].filter(chip => chip.tabIndex === 0).length}`"));
        browser.Press("End", 35);
        browser.Press("ArrowRight", 39);
        Assert.Equal("true", browser.Evaluate("`${document.activeElement === document.querySelector('#words button')}`"));
        browser.Press("Tab", 9);
        Assert.Equal("false", browser.Evaluate("`${$('words').contains(document.activeElement)}`"));
    }

    [Fact]
    public void Download_saves_the_file_through_the_browser()
    {
        using var browser = new Browser();
        browser.Open(session.Address, 390, 844);
        Rests(browser);
        browser.Send("Browser.setDownloadBehavior", new() { ["behavior"] = "allow", ["downloadPath"] = temporary.Path });
        browser.Evaluate("$('download').click(); ''");
        var file = Browser.Eventually(() => Directory.GetFiles(temporary.Path, "*.gif").FirstOrDefault());
        Assert.Equal("a_cyan_square_moving_right.gif", Path.GetFileName(file));
        Browser.Eventually(() => RecipeText.Read(file).Prompt);
        Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
        browser.Save("studio-390");
    }

    [Fact]
    public void Saved_videos_restore_their_recipe_by_click_and_by_drop()
    {
        using var browser = new Browser();
        browser.Open(session.Address, 1280, 800);
        Rests(browser);
        foreach (var (prompt, seed) in new[] { ("a red star growing", 10), ("a blue circle moving up", 11), ("a yellow triangle shrinking", 12) })
        {
            browser.Evaluate($"write('{prompt}'); takeSeed({seed}); ''");
            Rests(browser);
            browser.Evaluate("$('save').click(); ''");
            browser.Until("$('saved').innerText.startsWith('Saved')");
        }

        browser.Evaluate("document.querySelector('[aria-controls=gallery]').click(); ''");
        browser.Until("document.querySelectorAll('#gallery img').length === 3 && [...document.querySelectorAll('#gallery img')].every(image => image.complete && image.naturalWidth)");
        Assert.StartsWith("a yellow triangle shrinking", browser.Evaluate("document.querySelector('#gallery figcaption').innerText"), StringComparison.Ordinal);
        browser.Save("studio-gallery-1280");
        browser.Evaluate("document.querySelectorAll('#gallery figure button')[1].click(); ''");
        browser.Until("$('prompt').value === 'a blue circle moving up' && $('seed').value === '11' && $('startSaid').innerText.includes('Start from this clip')");
        Rests(browser);
        Assert.Equal("false", browser.Evaluate("`${$('startSaid').classList.contains('problem') || !$('gallery').hidden}`"));
        browser.Save("studio-recipe-1280");
        browser.Evaluate("""
            (async () => {
              const file = new File([await (await fetch('video?name=a_red_star_growing.gif')).blob()], 'a film.gif', { type: 'image/gif' });
              const data = new DataTransfer();
              data.items.add(file);
              document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: data }));
              return '';
            })()
            """);
        browser.Until("$('prompt').value === 'a red star growing' && $('seed').value === '10'");
        Rests(browser);
        browser.Open(new Uri("about:blank"));
        browser.Open(new Uri(session.Address, "#gallery"), 390, 844, dark: true);
        browser.Until("document.querySelectorAll('#gallery img').length === 3");
        Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
        browser.Save("studio-gallery-390");
    }

    [Fact]
    public void The_address_keeps_large_seeds_and_settings_without_a_slider()
    {
        using var browser = new Browser();
        browser.Open(new Uri(session.Address, "#prompt=a+red+star&seed=4294967299&Steps=60&Sampler=euler"));
        Rests(browser);
        Assert.Equal("4294967299|60|euler|60", browser.Evaluate("[$('seed').value, asked.settings.Steps, asked.settings.Sampler, $('set-Steps').parentElement.querySelector('output').value].join('|')"));
        Assert.Contains("-Seed 4294967299", browser.Evaluate("$('command').textContent"), StringComparison.Ordinal);
        browser.Evaluate("keepNow(); ''");
        Assert.Equal("#prompt=a+red+star&seed=4294967299&Steps=60&Sampler=euler", browser.Evaluate("location.hash"));
        browser.Evaluate("$('seed').value = '9007199254740993'; $('seed').dispatchEvent(new Event('input')); ''");
        Assert.Equal("The seed must be a whole number from 0 to 9007199254740991.|4294967299", browser.Evaluate("`${$('seedSaid').innerText}|${asked.seed}`"));

        browser.Open(new Uri("about:blank"));
        browser.Open(new Uri(session.Address, "#prompt=a+red+star&seed=9007199254740993"));
        Rests(browser);
        Assert.Equal("true|0", browser.Evaluate("`${$('seedSaid').innerText.includes('whole number')}|${asked.seed}`"));
    }

    [Fact]
    public void A_setting_without_a_default_is_not_sent_and_a_model_without_text_gets_no_prompt()
    {
        using var browser = new Browser();
        browser.Open(session.Address);
        Rests(browser);
        Assert.Equal("""{}|default|1|""", browser.Evaluate("""
            (() => {
              model.settings = [{ name: 'TopP', description: '', least: 0.05, most: 1, increment: 0.05, value: null }];
              model.settingNames = ['TopP'];
              model.takesText = false;
              takeKept();
              const element = slider(model.settings[0]);
              return [JSON.stringify(asked.settings), element.querySelector('output').value, element.querySelector('input').value, asked.prompt].join('|');
            })()
            """));
    }

    [Fact]
    public void Keys_and_drops_act_only_where_they_belong()
    {
        using var browser = new Browser();
        browser.Open(session.Address);
        Rests(browser);
        const string press = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', ctrlKey: true, bubbles: true, cancelable: true }))";
        browser.Evaluate("document.querySelector('[aria-controls=gallery]').click(); ''");
        Assert.Equal("true|false", browser.Evaluate($"`${{{press}}}|${{$('save').disabled}}`"));
        browser.Evaluate("document.querySelector('[aria-controls=typing]').click(); ''");
        Assert.Equal("false|true", browser.Evaluate($"`${{{press}}}|${{$('save').disabled}}`"));
        browser.Until("$('saved').innerText.startsWith('Saved')");
        Assert.Equal("true", browser.Evaluate("""
            (() => {
              const data = new DataTransfer();
              data.setData('text/plain', 'a star');
              return `${document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))}`;
            })()
            """));
        Assert.Equal("MAIN,typingTab,galleryTab,dataTab,runsTab", browser.Evaluate(
            "[$('typing').parentElement.tagName, ...[...document.querySelectorAll('[role=tabpanel]')].map(panel => panel.getAttribute('aria-labelledby'))].join()"));
    }

    [Fact]
    public void With_reduced_motion_saved_videos_play_only_on_request()
    {
        using var browser = new Browser();
        browser.Open(session.Address, movesLess: true);
        Rests(browser);
        browser.Evaluate("$('save').click(); ''");
        browser.Until("$('saved').innerText.startsWith('Saved')");
        browser.Evaluate("document.querySelector('[aria-controls=gallery]').click(); ''");
        browser.Until("document.querySelector('#gallery canvas')?.width > 1 && !document.querySelector('#gallery img')");
        browser.Evaluate("document.querySelector('#gallery .play').click(); ''");
        browser.Until("document.querySelector('#gallery img') && !document.querySelector('#gallery canvas')");
        Assert.Equal("Pause", browser.Evaluate("document.querySelector('#gallery .play').innerText"));
        browser.Save("studio-gallery-still");
    }

    private static void Rests(Browser browser) => browser.Until("document.body.dataset.rests && Number(document.body.dataset.rests) === turn");

    /// <summary>Types fast, and reports how long after its key each draft and each complete clip was ready, and how long its sampling took.</summary>
    private static void Measure(Browser browser, string text)
    {
        List<int> drafts = [], atOnce = [], wholes = [];
        List<string> made = [];
        foreach (var key in text)
        {
            browser.Evaluate("delete document.body.dataset.draft; delete document.body.dataset.whole; ''");
            browser.Type($"{key}");
            Thread.Sleep(150);
            Add("draft", drafts);
            Add("whole", atOnce);
        }

        for (var i = 0; i < 10; i++)
        {
            browser.Evaluate("delete document.body.dataset.whole; ''");
            browser.Type(i % 2 == 0 ? " " : "s");
            browser.Until("document.body.dataset.whole");
            Add("whole", wholes);
            made.Add(browser.Evaluate("$('speed').title"));
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{text.Length} keys 150 ms apart: {Times(drafts)} drafts, {Times(atOnce)} clips with all steps before the next key. Of a key alone all steps: {Times(wholes)}. "
            + string.Join("; ", made));

        string Times(List<int> times) => $"{times.Count} ({string.Join(" ", times.Order())} ms)";

        void Add(string which, List<int> times)
        {
            if (int.TryParse(browser.Evaluate($"document.body.dataset.{which} ?? ''"), out var milliseconds))
            {
                times.Add(milliseconds);
            }
        }
    }

    private static double Redness(string rgba)
    {
        var values = JsonSerializer.Deserialize<int[]>(rgba)!;
        return values.Chunk(4).Count(pixel => pixel[0] > 150 && pixel[1] < 100 && pixel[2] < 100) / (values.Length / 4.0);
    }
}

using System.Text.Json;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>The page in a browser, with the model that comes with the module.</summary>
public sealed class StudioPageTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly VideoGenerator generator;
    private readonly StudioSession session;
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public StudioPageTests()
    {
        // To measure what TINYSORA_STUDIO_CHECKPOINT names, and with more threads than tests have.
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
        Assert.True(Redness(red) > 0.02, "The clip of a red circle shows nothing red.");
        Picture(browser, "studio-light");

        browser.Evaluate("$('prompt').value = ''; ''");
        browser.Type("a blue square growing");
        browser.Until("$('command').textContent.includes('blue square growing') && Number(document.body.dataset.rests) === turn");
        Assert.True(Redness(browser.Evaluate("JSON.stringify([...main.frames[2].data])")) < 0.01);
        browser.Open(session.Address, 390, 844, dark: true);
        browser.Until("document.querySelectorAll('#words button').length > 10");
        browser.Type("a blue square growing");
        browser.Until("$('command').textContent.includes('blue square growing') && Number(document.body.dataset.rests) === turn");
        Picture(browser, "studio-phone-dark");
        Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
    }

    /// <summary>Types as somebody does who types fast, and tells how long after its key each draft and each whole clip was there, and its making took.</summary>
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
            made.Add(browser.Evaluate("$('speed').textContent"));
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

    internal static void Picture(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("TINYSORA_PICTURES") is string folder)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{name}.png"), browser.Photograph());
        }
    }
}

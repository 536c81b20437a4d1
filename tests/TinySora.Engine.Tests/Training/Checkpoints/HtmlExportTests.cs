using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Studio;
using TinySora.Engine.Training.Export;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Tests of the exported page, which generates clips in a browser, with shapes-lean.</summary>
public sealed class HtmlExportTests : IDisposable
{
    private const long MaxBytes = 25_000_000;
    private const int MaxApart = 2;

    private static readonly string Model = Repository.At("models", "shapes-lean.safetensors");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Page_generates_the_same_clips_from_latents_without_network_access() => Equal(Model, "clip-maker");

    [Fact]
    public void Page_generates_the_same_clips_from_pixels()
    {
        // The first of the two timesteps, 9 and 4, is without guidance.
        var config = TinyRun.Config.With(diffusion: TinyRun.Config.Diffusion with { GuidanceBelow = 9 });
        using var run = new TinyRun();
        Equal(run.Train(request => request with { Config = config }).Checkpoint!, null);
    }

    /// <summary>The page embeds the package's files and the graph without looking at their content.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Runtime_is_taken_from_a_local_package(bool isPacked)
    {
        string[] names = ["dist/ort.wasm.bundle.min.mjs", "dist/ort-wasm-simd-threaded.wasm"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File("package", name))!);
            File.WriteAllText(folder.File("package", name), $"this is {name}");
        }

        if (isPacked)
        {
            using var packed = new GZipStream(File.Create(folder.File("package.tgz")), CompressionLevel.Fastest);
            TarFile.CreateFromDirectory(folder.File("package"), packed, includeBaseDirectory: true);
        }

        CheckpointExport.Write(Model, folder.File("clips.html"), ExportFormat.Html, webRuntime: folder.File(isPacked ? "package.tgz" : "package"));
        var page = File.ReadAllText(folder.File("clips.html"));
        Assert.All(["runtime", "binary"], id => Assert.StartsWith("this is dist/", Unpacked(page, id), StringComparison.Ordinal));
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);

        var error = Assert.Throws<TinySoraException>(() => CheckpointExport.Write(
            Model, folder.File("none.html"), ExportFormat.Html, webRuntime: folder.File("clips.html")));
        Assert.Equal("TinySora.Checkpoint.NoWebRuntime", error.Id);
        Assert.False(File.Exists(folder.File("none.html")));
    }

    private void Equal(string model, string? picture)
    {
        Needs.Program("npm");
        var page = folder.File("clips.html");
        try
        {
            CheckpointExport.Write(model, page, ExportFormat.Html);
        }
        catch (TinySoraException e) when (e.Id == "TinySora.Checkpoint.NpmFailed")
        {
            Assert.Skip(e.Message);
        }

        Assert.InRange(new FileInfo(page).Length, 1_000_000, MaxBytes);
        using var processor = new Processor(hasBFloat16: false);
        using var generator = VideoGenerator.Open(model, "cpu");
        using var browser = new Browser();
        browser.Send("Network.enable", []);
        browser.Send("Network.emulateNetworkConditions", new() { ["offline"] = true, ["latency"] = 0, ["downloadThroughput"] = 0, ["uploadThroughput"] = 0 });
        browser.Open(new Uri(page), 480, 760);
        browser.Until("document.body?.dataset.ready");
        var worst = 0;
        foreach (var (prompt, seed) in new[] { ("a blue square growing", 4_294_967_299L), ("", 7L), ("A red circle moving right!", 0L) })
        {
            browser.Evaluate(
                $"delete document.body.dataset.made; form.elements.prompt.value = {JsonSerializer.Serialize(prompt)}; seed.value = {seed}; make.click(); ''");
            browser.Until("document.body.dataset.made");
            var theirs = JsonSerializer.Deserialize<int[][]>(browser.Evaluate("JSON.stringify(maker.pixels())"))!;
            var ours = generator.Sample([new ClipPrompt(seed) { Text = prompt }]).Single().Clip;
            Assert.Equal(ours.Frames, theirs.Length);
            var pairs = theirs.SelectMany(frame => frame.Where((_, i) => i % 4 < 3)).Zip(ours.Pixels);
            worst = Math.Max(worst, pairs.Max(pair => Math.Abs(pair.First - pair.Second)));
            Assert.InRange(worst, 0, MaxApart);
        }

        // Seeds are exact beyond the range of a Number, and the buttons do not start a second generation.
        browser.Evaluate("delete document.body.dataset.made; seed.value = '9007199254740993'; another.click(); another.click(); make.click(); ''");
        browser.Until("document.body.dataset.made && !another.disabled");
        Assert.Equal("9007199254740994|1", browser.Evaluate("`${seed.value}|${document.body.dataset.made}`"));
        browser.Evaluate("seed.value = '1e3'; another.click(); ''");
        browser.Until("!problem.hidden");
        Assert.Contains("whole number", browser.Evaluate("problem.innerText"), StringComparison.Ordinal);
        browser.Evaluate("play.click(); ''");
        Assert.Equal("Play|false", browser.Evaluate("`${play.innerText}|${play.getAttribute('aria-pressed')}`"));
        TestContext.Current.TestOutputHelper!.WriteLine($"At most {worst} of 255 apart, in a page of {new FileInfo(page).Length} bytes.");
        if (picture is not null)
        {
            browser.Save(picture);
        }
    }

    private static string Unpacked(string page, string id)
    {
        var start = page.IndexOf($"<script id=\"{id}\"", StringComparison.Ordinal);
        var text = page[(page.IndexOf('>', start) + 1)..page.IndexOf("</script>", start, StringComparison.Ordinal)];
        using var reader = new StreamReader(new GZipStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}

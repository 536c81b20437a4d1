using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the clips of a dataset on the page: captions are editable, and files outside the studio's folder are neither read nor written.</summary>
public sealed class DatasetServiceTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly DatasetService desk;

    public DatasetServiceTests()
    {
        Write("root", "data", "a.gif", "a red circle");
        Write("root", "data", "b.gif", "a blue square");
        Write("outside", "", "secret.gif", "a secret");
        desk = new DatasetService(new StudioFolder(temporary.File("root")));
    }

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void Clips_are_shown_with_captions_and_pictures()
    {
        var view = desk.Clips("./data");
        Assert.Equal((2, "a.gif", "a red circle"), (view.Count, view.Clips[0].Name, view.Clips[0].Caption));
        Assert.Equal(["b.gif"], desk.Clips("./data", skip: 1).Clips.Select(clip => clip.Name));
        Assert.Equal(File.ReadAllBytes(temporary.File("root", "data", "b.gif")), desk.Picture("data", "b.gif"));
        Assert.Null(desk.Picture("data", "c.gif"));
        Assert.Null(desk.Picture("data", "a.txt"));
    }

    [Fact]
    public void Videos_are_shown_as_animations()
    {
        ClipFile.Write(temporary.File("root", "data", "c.mp4"), new Clip(new byte[60 * 32 * 48 * 3], 60, 32, 48, 3));
        var gif = temporary.File("c.gif");
        File.WriteAllBytes(gif, desk.Picture("data", "c.mp4")!);
        var clip = ClipFile.Read(gif);
        Assert.Equal((96, 144), (clip.Height, clip.Width));
        Assert.InRange(clip.Frames, 2, 24);
        File.WriteAllText(temporary.File("root", "data", "d.mp4"), "no video");
        Assert.Throws<TinySoraException>(() => desk.Picture("data", "d.mp4"));
    }

    [Fact]
    public void A_caption_replaces_the_one_that_was_shown()
    {
        desk.Caption(new CaptionEdit("data", "a.gif", "a red circle", " a green circle \r\n\na ring\u0007 "));
        Assert.Equal("a green circle\na ring\n", File.ReadAllText(temporary.File("root", "data", "a.txt")));
        Assert.Equal(["a green circle", "a ring"], CaptionFile.ReadAll(temporary.File("root", "data", "a.gif")));
        Refused("TinySora.Studio.CaptionChanged", new CaptionEdit("data", "a.gif", "a red circle", "lost"));

        // The stored captions are the ones to name in the next edit.
        var stored = desk.Caption(new CaptionEdit("data", "a.gif", "a green circle\na ring", "a star\u000b\na star\n"));
        Assert.Equal("a star", stored);
        desk.Caption(new CaptionEdit("data", "a.gif", stored, "a cross"));
        Refused("TinySora.Studio.BadCaption", new CaptionEdit("data", "b.gif", "a blue square", " \n "));
        Refused("TinySora.Studio.BadCaption", new CaptionEdit("data", "b.gif", "a blue square", null));
        Refused("TinySora.Studio.NoSuchClip", new CaptionEdit("data", "../data/a.gif", "", "x"));
        Refused("TinySora.Studio.OutsideFolder", new CaptionEdit("../outside", "secret.gif", "a secret", "x"));
        Assert.Equal("a secret\n", File.ReadAllText(temporary.File("outside", "secret.txt")));
    }

    [Fact]
    public void Links_are_not_followed_out_of_the_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links require a privilege on Windows.");
        Directory.CreateSymbolicLink(temporary.File("root", "data", "linked"), temporary.File("outside"));
        File.CreateSymbolicLink(temporary.File("root", "data", "c.gif"), temporary.File("outside", "secret.gif"));
        Refused("TinySora.Studio.OutsideFolder", new CaptionEdit("data/linked", "secret.gif", "a secret", "x"));
        Assert.All((string[])["linked/secret.gif", "c.gif"], name =>
            Assert.Equal("TinySora.Studio.OutsideFolder", Assert.Throws<TinySoraException>(() => desk.Picture("data", name)).Id));

        // A caption that is a link is replaced, and the link's target stays unchanged.
        File.Delete(temporary.File("root", "data", "a.txt"));
        File.CreateSymbolicLink(temporary.File("root", "data", "a.txt"), temporary.File("outside", "secret.txt"));
        desk.Caption(new CaptionEdit("data", "a.gif", desk.Clips("data").Clips.Single(clip => clip.Name == "a.gif").Caption, "mine"));
        Assert.Equal("a secret\n", File.ReadAllText(temporary.File("outside", "secret.txt")));
    }

    [Fact]
    public void Problems_match_those_of_the_dataset_check()
    {
        File.WriteAllText(temporary.File("root", "data", "broken.gif"), "no picture");
        var problems = desk.Problems("data", CancellationToken.None);
        Assert.Contains(problems, problem => problem is { Clip: "broken.gif", Severity: "Error" } && problem.Fix.Length > 0);
        Assert.DoesNotContain(problems, problem => problem.Clip.Contains(temporary.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Captions_are_edited_and_problems_shown_on_the_page()
    {
        using var generator = VideoGenerator.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        using var session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "shapes-lean", OutputPath = temporary.File("out"), Command = _ => "",
            Trainings = new StudioTrainings(temporary.File("root"), _ => { }, _ => ""),
        });
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => session.Run(stop.Token), CancellationToken.None);
        using (var browser = new Browser())
        {
            browser.Open(new Uri(session.Address, "#data"), 1280, 800);
            browser.Until("document.querySelectorAll('#data img').length === 2 && [...document.querySelectorAll('#data img')].every(image => image.naturalWidth)");
            browser.Evaluate("const text = document.querySelector('#data textarea'); text.value = 'a purple circle'; text.dispatchEvent(new Event('change')); ''");
            browser.Until("document.querySelector('#data figure .said').innerText === 'Saved.'");
            Assert.Equal("a purple circle\n", File.ReadAllText(temporary.File("root", "data", "a.txt")));
            File.WriteAllText(temporary.File("root", "data", "broken.gif"), "no picture");
            browser.Evaluate("[...document.querySelectorAll('#data button')].find(button => button.innerText === 'Find problems').click(); ''");
            browser.Until("document.querySelector('#data .problems').innerText.includes('broken.gif')");
            browser.Save("studio-data-1280");
            browser.Open(new Uri("about:blank"));
            browser.Open(new Uri(session.Address, "#data"), 390, 844, dark: true);
            browser.Until("document.querySelectorAll('#data figure').length === 3");
            Assert.Equal("390", browser.Evaluate("document.documentElement.scrollWidth"));
            browser.Save("studio-data-390");

            for (var i = 0; i <= DatasetService.MaxClips; i++)
            {
                Write("root", "many", $"{i:000}.gif", "a red circle");
            }

            browser.Evaluate("document.querySelector('#dataFolder').value = 'many'; document.querySelector('#data form').requestSubmit(); ''");
            browser.Until($"document.querySelectorAll('#data figure').length === {DatasetService.MaxClips}");
            browser.Evaluate("[...document.querySelectorAll('#data button')].find(button => button.innerText === 'Show more').click(); ''");
            browser.Until($"document.querySelectorAll('#data figure').length === {DatasetService.MaxClips + 1} && document.querySelector('#data .said').innerText === '{DatasetService.MaxClips + 1} clips.'");
        }

        await stop.CancelAsync();
        await serving;
    }

    private void Refused(string id, CaptionEdit edit) => Assert.Equal(id, Assert.Throws<TinySoraException>(() => desk.Caption(edit)).Id);

    private void Write(string root, string folder, string name, string caption)
    {
        var path = temporary.File(root, folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ClipFile.Write(path, new Clip([.. Enumerable.Range(0, 2 * 16 * 16 * 3).Select(at => (byte)(at * name[0]))], 2, 16, 16, 3));
        CaptionFile.Write(path, [caption]);
    }
}

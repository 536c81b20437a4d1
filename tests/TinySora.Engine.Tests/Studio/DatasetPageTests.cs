using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the page of datasets in a browser.</summary>
public sealed class DatasetPageTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task Requests_do_not_mix_folders_and_captions_are_saved_by_a_key()
    {
        Write("one", 3);
        Write("two", 2);
        using var generator = VideoGenerator.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        using var session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "shapes-lean", OutputPath = temporary.File("out"), Command = _ => "", Trainings = new StudioTrainings(temporary.Path, _ => { }, _ => ""),
        });
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => session.Run(stop.Token), CancellationToken.None);
        using (var browser = new Browser())
        {
            browser.Open(new Uri(session.Address, "#data"), movesLess: true);
            browser.Until("dataset?.clips.children.length && dataset.clips.querySelectorAll('canvas').length === dataset.clips.children.length");
            browser.Evaluate("Promise.all(['./one', './one', './two'].map(path => { dataset.folder.value = path; return dataset.show(); })).then(() => '')");
            Assert.Equal("2|clip 0 of two|2 clips.", browser.Evaluate(
                "[dataset.clips.children.length, dataset.clips.querySelector('textarea').value, dataset.said.innerText].join('|')"));

            browser.Evaluate("""
                (() => {
                  const text = dataset.clips.querySelector('textarea');
                  const press = () => text.dispatchEvent(new KeyboardEvent('keydown', { key: 's', ctrlKey: true, bubbles: true, cancelable: true }));
                  text.value = 'a red star';
                  press();
                  text.value = 'a blue star';
                  press();
                  return '';
                })()
                """);
            browser.Until("dataset.clips.querySelector('.said').innerText === 'Saved.'");
            Browser.Eventually(() => File.ReadAllText(temporary.File("two", "0.txt")) == "a blue star\n" ? "" : null);
            Assert.Equal("clip 0 of one", File.ReadAllText(temporary.File("one", "0.txt")));
            Assert.False(Directory.Exists(temporary.File("out")));
        }

        await stop.CancelAsync();
        await serving;
    }

    private void Write(string folder, int clips)
    {
        Directory.CreateDirectory(temporary.File(folder));
        for (var i = 0; i < clips; i++)
        {
            ClipFile.Write(temporary.File(folder, $"{i}.gif"), new Clip([.. Enumerable.Repeat((byte)(40 * i), 2 * 16 * 16 * 3)], 2, 16, 16, 3));
            File.WriteAllText(temporary.File(folder, $"{i}.txt"), $"clip {i} of {folder}");
        }
    }
}

using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Data;

public sealed class DatasetWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Shapes_are_written_with_captions_that_the_checker_confirms()
    {
        var clips = DatasetWriter.WriteShapes(folder.Path, 12, seed: 3).ToList();

        Assert.Equal(Enumerable.Range(0, 12).Select(k => folder.File($"{k:D5}.gif")), clips.Select(c => c.Path));
        foreach (var clip in clips)
        {
            Assert.Equal((5, 32, 32), (clip.Frames, clip.Width, clip.Height));
            Assert.Equal(clip.Caption, File.ReadAllText(Path.ChangeExtension(clip.Path, ".txt")).TrimEnd('\n'));
            var truth = ShapesWorld.Parse(clip.Caption!)!;
            Assert.False(ShapesWorld.IsHeldOut(truth));
            Assert.Equal(new ShapesVerdict(truth.Colour, truth.Shape, truth.Motion, true),
                ShapesChecker.Check(ClipFile.Read(clip.Path)));
        }
    }

    [Fact]
    public void A_clip_depends_only_on_seed_and_number()
    {
        Assert.Equal(3, DatasetWriter.WriteShapes(folder.File("few"), 3, seed: 9).Count());
        Assert.Equal(6, DatasetWriter.WriteShapes(folder.File("many"), 6, seed: 9).Count());
        Assert.Equal(3, DatasetWriter.WriteShapes(folder.File("other"), 3, seed: 10).Count());

        foreach (var name in new[] { "00000.gif", "00002.gif", "00002.txt" })
        {
            Assert.Equal(File.ReadAllBytes(folder.File("few", name)), File.ReadAllBytes(folder.File("many", name)));
        }

        Assert.NotEqual(File.ReadAllBytes(folder.File("few", "00002.gif")), File.ReadAllBytes(folder.File("other", "00002.gif")));
    }

    [Fact]
    public void Held_out_combinations_are_written_on_request()
    {
        var all = DatasetWriter.WriteShapes(folder.Path, 192, 0, imageSize: 8, frames: 2, holdOut: false);

        Assert.Equal(24, all.Count(c => ShapesWorld.IsHeldOut(ShapesWorld.Parse(c.Caption!)!)));
    }

    [Fact]
    public void Existing_files_are_not_written_over_without_force()
    {
        File.WriteAllText(folder.File("00001.txt"), "mine");

        var error = Assert.Throws<TinySoraException>(() => DatasetWriter.WriteShapes(folder.Path, 2, 0));
        Assert.Equal("TinySora.Data.OutputExists", error.Id);
        Assert.False(File.Exists(folder.File("00000.gif")));

        Assert.Equal(2, DatasetWriter.WriteShapes(folder.Path, 2, 0, force: true).Count());
        Assert.NotEqual("mine", File.ReadAllText(folder.File("00001.txt")));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_before_anything_is_written()
    {
        var path = folder.File("new");
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => DatasetWriter.WriteShapes(path, 0, 0)));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => DatasetWriter.WriteShapes(path, 1, 0, imageSize: 4)));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => DatasetWriter.WriteShapes(path, 1, 0, frames: 0)));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Cancelling_stops_between_clips_and_leaves_whole_pairs()
    {
        using var cancellation = new CancellationTokenSource();
        var clips = DatasetWriter.WriteShapes(folder.Path, 100, 0, cancellationToken: cancellation.Token);

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var clip in clips)
            {
                if (clip.Path.EndsWith("00002.gif", StringComparison.Ordinal))
                {
                    cancellation.Cancel();
                }
            }
        });
        Assert.Equal(6, Directory.GetFiles(folder.Path).Length);
    }

    private static string IdOf(Func<object> action) => Assert.Throws<TinySoraException>(action).Id;
}

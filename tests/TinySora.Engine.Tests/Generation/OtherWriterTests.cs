using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Another process writes files with the same names while a video is sampled.</summary>
public sealed class OtherWriterTests(VideoGeneratorTests.TrainedModel model) : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly VideoGenerator generator = VideoGenerator.Open(model.Results, "cpu");
    private readonly TemporaryFolder folder = new();

    private GenerationRequest Request => new()
    {
        Prompt = "a red circle", OutputPath = folder.File("out"), Seed = 5, GuessEvery = 1, Settings = UNetTesting.Asked(steps: 2),
    };

    public void Dispose()
    {
        generator.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Predictions_are_not_left_next_to_the_video_of_another_process()
    {
        var video = Generate("a_red_circle.gif");
        Assert.Equal("a_red_circle_2.gif", Path.GetFileName(video.Path));
        Assert.Equal(["a_red_circle.gif", "a_red_circle_2.gif", "a_red_circle_2.guess-every-1.png"], Names());
    }

    [Fact]
    public void Predictions_of_another_process_are_kept()
    {
        var video = Generate("a_red_circle.guess-every-1.png");
        Assert.Equal("a_red_circle_2.gif", Path.GetFileName(video.Path));
        Assert.Equal(["a_red_circle.guess-every-1.png", "a_red_circle_2.gif", "a_red_circle_2.guess-every-1.png"], Names());
        Assert.Equal(1, ClipFile.Read(folder.File("out", "a_red_circle.guess-every-1.png")).Width);
    }

    [Fact]
    public void The_same_predictions_of_another_process_are_shared()
    {
        var first = generator.Generate(Request).Single();
        var image = File.ReadAllBytes(first.GuessPath!);
        File.Delete(first.GuessPath!);
        File.Delete(first.Path);
        var video = Generate("a_red_circle.guess-every-1.png", image);
        Assert.Equal(["a_red_circle.gif", "a_red_circle.guess-every-1.png"], Names());
        Assert.Equal((first.Path, first.GuessPath), (video.Path, video.GuessPath));
    }

    [Fact]
    public void Sampled_clips_have_their_share_of_the_time()
    {
        var clips = generator.Sample([new(5) { Text = "a red circle" }, new(6) { Text = "a red circle" }], UNetTesting.Asked(steps: 1)).ToList();
        Assert.Equal(clips[0].Elapsed, clips[1].Elapsed);
        Assert.NotEqual(clips[0].Clip.Pixels, clips[1].Clip.Pixels);
        Assert.NotEqual(clips[0].Clip.Pixels, generator.Sample([new(5) { Text = "a red circle" }], UNetTesting.Asked(steps: 2)).Single().Clip.Pixels);
    }

    /// <summary>Generates the video, while another process writes a file, by default a picture of one pixel.</summary>
    private GeneratedVideo Generate(string otherFile, byte[]? content = null)
    {
        var path = folder.File("out", otherFile);
        return generator.Generate(Request, new ImmediateProgress<double>(_ =>
        {
            if (content is not null)
            {
                File.WriteAllBytes(path, content);
            }
            else if (!File.Exists(path))
            {
                ClipFile.Write(path, Clip.Black(1, 1, 1, 3));
            }
        })).Single();
    }

    private IEnumerable<string?> Names() => Directory.GetFiles(folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}

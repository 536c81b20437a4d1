using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Films of what is denoised, in place of a picture of guesses.</summary>
public sealed class NoiseFilmTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;

    public NoiseFilmTests(VideoGeneratorTests.TrainedModel model) => generator = VideoGenerator.Open(model.Results, "cpu");

    /// <summary>With what some take for a pattern, and Windows' files may be named.</summary>
    private static string Output => OperatingSystem.IsWindows() ? "out[a]" : "out*";

    private GenerationRequest Request => new()
    {
        Prompt = "a red circle", OutputPath = folder.File(Output), OutputName = "video", Seed = 5, Settings = UNetTesting.Asked(steps: 5), GuessEvery = 2,
        NoisyVideoPattern = "noise_*.gif",
    };

    public void Dispose()
    {
        generator.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Each_is_named_after_the_steps_that_are_left_and_the_last_is_the_video()
    {
        var video = generator.Generate(Request).Single();
        Assert.Equal(["noise_0.gif", "noise_1.gif", "noise_3.gif", "video.gif"], Names());
        Assert.Equal(At("noise_0.gif"), video.GuessPath);
        Assert.Equal(ClipFile.Read(video.Path).Pixels, ClipFile.Read(At("noise_0.gif")).Pixels);
        Assert.Equal(RecipeText.Write(video), RecipeText.Write(RecipeText.Read(At("noise_3.gif"))));

        // Noise changes from pixel to pixel, the less the longer it is denoised; the video is the same as without.
        Assert.True(Roughness("noise_3.gif") > Roughness("noise_1.gif"));
        var plain = generator.Generate(Request with { OutputName = "plain", GuessEvery = null }).Single();
        Assert.Null(plain.GuessPath);
        Assert.Equal(File.ReadAllBytes(plain.Path), File.ReadAllBytes(video.Path));
    }

    [Fact]
    public void Of_several_videos_each_has_its_own()
    {
        var videos = generator.Generate(Request with { Count = 2, GuessEvery = 5 }).ToList();
        Assert.Equal(["noise_0_0.gif", "noise_0_1.gif", "video_0.gif", "video_1.gif"], Names());
        Assert.All(videos, video => Assert.Equal(ClipFile.Read(video.Path).Pixels, ClipFile.Read(video.GuessPath!).Pixels));
    }

    [Fact]
    public void Those_that_are_there_are_not_made_again_and_what_is_none_stays()
    {
        Assert.False(generator.Generate(Request).Single().Skipped);
        Assert.True(generator.Generate(Request).Single().Skipped);
        File.Delete(At("noise_3.gif"));
        Assert.False(generator.Generate(Request).Single().Skipped);
        Assert.Contains("noise_3.gif", Names());
        Assert.False(generator.Generate(Request with { GuessEvery = 1 }).Single().Skipped);
        Assert.Equal(6, Names().Length);

        File.WriteAllText(At("noise_2.gif"), "another program's");
        Assert.True(generator.Generate(Request).Single().Skipped);
        var error = Assert.Throws<TinySoraException>(() => generator.Generate(Request with { GuessEvery = 1 }));
        Assert.Equal(("TinySora.Generation.OutputExists", (object?)At("noise_2.gif")), (error.Id, error.Target));
        Assert.False(generator.Generate(Request with { GuessEvery = 1, Force = true }).Single().Skipped);
    }

    private string At(string name) => folder.File(Output, name);

    private string[] Names() => [.. Directory.GetFiles(folder.File(Output)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Of the first frame: the mean step from a pixel to its neighbour.</summary>
    private double Roughness(string name)
    {
        var frame = ClipFile.Read(At(name)).Frame(0);
        var sum = 0.0;
        for (var i = 3; i < frame.Length; i++)
        {
            sum += Math.Abs(frame[i] - frame[i - 3]);
        }

        return sum / frame.Length;
    }
}

using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Videos of the denoising process instead of a picture of the predictions.</summary>
public sealed class NoisyVideoTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;

    public NoisyVideoTests(VideoGeneratorTests.TrainedModel model) => generator = VideoGenerator.Open(model.Results, "cpu");

    /// <summary>A name with characters that some programs treat as a pattern, as far as Windows allows them.</summary>
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
    public void Each_video_is_named_after_the_remaining_steps_and_the_last_is_the_result()
    {
        var video = generator.Generate(Request).Single();
        Assert.Equal(["noise_0.gif", "noise_1.gif", "noise_3.gif", "video.gif"], Names());
        Assert.Equal(At("noise_0.gif"), video.GuessPath);
        Assert.Equal(ClipFile.Read(video.Path).Pixels, ClipFile.Read(At("noise_0.gif")).Pixels);
        Assert.Equal(RecipeText.Write(video), RecipeText.Write(RecipeText.Read(At("noise_3.gif"))));

        // Noise varies from pixel to pixel, less with every step; the result is the same as without these videos.
        Assert.True(Roughness("noise_3.gif") > Roughness("noise_1.gif"));
        var plain = generator.Generate(Request with { OutputName = "plain", GuessEvery = null }).Single();
        Assert.Null(plain.GuessPath);
        Assert.Equal(File.ReadAllBytes(plain.Path), File.ReadAllBytes(video.Path));
    }

    [Fact]
    public void Each_of_several_videos_has_its_own_set()
    {
        var videos = generator.Generate(Request with { Count = 2, GuessEvery = 5 }).ToList();
        Assert.Equal(["noise_0_0.gif", "noise_0_1.gif", "video_0.gif", "video_1.gif"], Names());
        Assert.All(videos, video => Assert.Equal(ClipFile.Read(video.Path).Pixels, ClipFile.Read(video.GuessPath!).Pixels));
    }

    [Fact]
    public void Existing_ones_are_not_made_again_and_foreign_files_stay()
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

    /// <summary>Returns the mean difference between neighbouring pixels of the first frame.</summary>
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

using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentVideos;

/// <summary>Which examples come from the same video, so that the automatic split keeps them together.</summary>
public sealed class SourceVideosTests : IDisposable
{
    private readonly ToyCodec toy = new(ToyCodecKind.Posterior, frames: 1);

    /// <summary>Two clips that were cut from one video, and one of the user.</summary>
    public SourceVideosTests()
    {
        foreach (var (name, seed) in new[] { ("film-000", 1), ("film-001", 2), ("own-000", 3) })
        {
            toy.WriteClip($"cut/{name}.gif", frames: 4, seed);
        }

        Directory.CreateDirectory(toy.File("cut", ".tinysora"));
        File.WriteAllText(toy.File("cut", ".tinysora", "written.log"), "recipe\nbegin film /films/film.mp4\n");
    }

    private string Cut => toy.File("cut");

    private string Saved => toy.File("saved");

    public void Dispose() => toy.Dispose();

    [Fact]
    public void Clips_have_the_video_they_were_cut_from_in_every_caption()
    {
        File.WriteAllLines(toy.File("cut", "film-001.txt"), ["one", "two"]);
        using var latents = Open(Cut, captions: new());
        Assert.Equal([0, 0, 0, 1], Numbers(latents));

        using var pixels = new PixelExamples(ClipExamples.Open(Cut, new(new ClipShape(3, 2, 8), new("h", "w", "f")), null, default), PixelRange.Unit);
        Assert.Equal([0, 0, 0, 1], Numbers(pixels));
    }

    [Fact]
    public void Clips_with_saved_latents_have_the_video_they_were_cut_from()
    {
        Export();
        File.Delete(toy.File("saved", "film-000.gif.safetensors"));
        using var data = Open(Cut, new(Saved, Writes: false));
        Assert.Contains("encoded: 1", Assert.Single(data.Notes).Text, StringComparison.Ordinal);
        Assert.Equal([0, 0, 1], Numbers(data));
    }

    [Fact]
    public void Saved_latents_record_the_video_of_their_clip()
    {
        Export();
        using var data = Open(Saved);
        Assert.Equal([0, 0, 1], Numbers(data));
    }

    [Fact]
    public void Rows_of_Arrow_parts_have_the_video_that_their_clip_was_cut_from()
    {
        ArrowColumn[] columns = [new("video_file", ArrowElement.Text), new("text_latent_states", ArrowElement.Float32, 2)];
        using (var writer = ArrowDatasetWriter.Create(toy.File("part"), columns))
        {
            foreach (var name in (string[])["film-000.gif", "own-000.gif", "film-001.gif", "film-000.gif"])
            {
                writer.Add(name, ones([1, 2]));
            }

            writer.Complete();
        }

        using var data = Open(toy.File("part"));
        Assert.Equal([0, 1, 0, 0], Numbers(data));
    }

    /// <summary>Numbers the videos of the examples in the order of their first examples.</summary>
    private static IEnumerable<int> Numbers(IExamples data)
    {
        var videos = data.SourceVideos!.Distinct().ToList();
        return data.SourceVideos!.Select(video => videos.IndexOf(video));
    }

    private void Export()
    {
        using var model = toy.Open();
        var options = new LatentExportOptions { DataPath = Cut, OutputPath = Saved, Format = LatentFormat.PerVideo };
        Assert.Equal(3, LatentExport.Write(model, options, skipped => Assert.Fail($"{skipped}")).Count());
    }

    private LatentExamples Open(string path, SavedLatents? saved = null, CaptionSampling? captions = null) => LatentVideoFolder.Open(
        new(toy.File("codec"), "latents.codec"), path, LatentKind.Moments, new() { Frames = 4, Height = 16, VideoDir = Cut }, images: 0, captions, saved,
        null, default);
}

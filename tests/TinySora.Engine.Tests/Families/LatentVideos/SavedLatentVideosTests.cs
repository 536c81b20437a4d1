using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentVideos;

/// <summary>Videos whose latents were saved earlier, in the folder that the configuration names in addition to that of the videos.</summary>
public sealed class SavedLatentVideosTests : IDisposable
{
    private readonly ToyCodec toy = new(ToyCodecKind.Posterior, frames: 1);
    private readonly DisposeScope scope = NewDisposeScope();

    private string Saved => toy.File("saved");

    public void Dispose()
    {
        scope.Dispose();
        toy.Dispose();
    }

    [Fact]
    public void Saved_latents_train_like_their_videos_and_videos_without_latents_are_encoded()
    {
        Tensor expected;
        using (var films = Open(saved: null))
        {
            expected = Latents(films);
        }

        Export();
        toy.WriteClip("clips/c.gif", frames: 5, seed: 3);
        Directory.Delete(toy.File("clips", ".tinysora"), recursive: true);
        using var data = Open(new(Saved, Writes: false));
        Assert.Equal($"Found 3 clips in '{toy.Data}' (with latents in '{Saved}': 2; encoded: 1).", Assert.Single(data.Notes).Text);
        Assert.True(Latents(data).narrow(0, 0, 2).eq(expected).all().item<bool>());

        // In the order of names, as if all were encoded.
        using var batch = data.Get([new(0, 7), new(1, 7), new(2, 7)], CPU);
        Assert.Equal(["a.gif", "below/b.gif", "c.gif"], batch.Names);
        File.Delete(toy.File("clips", "c.gif"));
        using var all = Open(new(Saved, Writes: false));
        Assert.Equal($"Found 2 clips in '{toy.Data}' (with latents in '{Saved}': 2; encoded: 0).", Assert.Single(all.Notes).Text);
        Assert.True(Latents(all).eq(expected).all().item<bool>());
    }

    [Fact]
    public void Tutorial_pickles_in_one_folder_match_videos_in_subfolders()
    {
        Needs.FFmpeg();
        Directory.CreateDirectory(Saved);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", "video.mp4.pkl"), toy.File("saved", "video.mp4.pkl"));
        File.WriteAllText(toy.File("clips", "below", "video.mp4"), "not decoded, since it is encoded already");
        using var data = Open(new(Saved, Writes: false), kind: LatentKind.Latents);
        Assert.Equal((3, 0), (data.Count, data.Skipped));

        // Means of the second frame, as in LatentDecoderTests.
        using var batch = (LatentBatch)data.Get([new(2, 0)], CPU);
        Assert.Equal("below/video.mp4", Assert.Single(batch.Names));
        Assert.Equal(0.25f, batch.Latents[0, 0, 1, 0, 0].item<float>(), 1e-6f);

        // A name that two videos share is ambiguous.
        Directory.CreateDirectory(toy.File("clips", "above"));
        File.WriteAllText(toy.File("clips", "above", "video.mp4"), "neither");
        using var both = Open(new(Saved, Writes: false));
        Assert.Equal((2, 2), (both.Count, both.Skipped));
    }

    [Fact]
    public void Latents_without_a_matching_video_are_skipped_with_a_warning()
    {
        Export();
        File.Move(toy.File("saved", "a.gif.safetensors"), toy.File("saved", "gone.gif.safetensors"));
        using (var data = Open(new(Saved, Writes: false)))
        {
            Assert.Equal((2, 2), (data.Count, data.Notes.Count));
            Assert.True(data.Notes[1].IsWarning);
            Assert.Equal($"Files in '{Saved}' that match no video are ignored: gone.gif.", data.Notes[1].Text);
        }

        // A different video under the same name is detected by its length.
        toy.WriteClip("clips/below/b.gif", frames: 5, seed: 9);
        using (var other = Open(new(Saved, Writes: false)))
        {
            Assert.Equal($"Found 2 clips in '{toy.Data}' (with latents in '{Saved}': 0; encoded: 2).", other.Notes[0].Text);
        }

        // Without readable videos and without latents there is nothing to train on.
        Directory.CreateDirectory(toy.File("broken"));
        File.WriteAllText(toy.File("broken", "c.gif"), "no film");
        Assert.Equal("TinySora.Data.NoUsableClips", Assert.Throws<TinySoraException>(() => Open(new(Saved, Writes: false), folder: toy.File("broken"))).Id);

        // Latents of videos that the filter excludes are excluded, too.
        File.WriteAllText(toy.File("filter.txt"), "a\n");
        File.Delete(toy.File("saved", "gone.gif.safetensors"));
        using var chosen = Open(new(Saved, Writes: false), new() { FilterPath = toy.File("filter.txt") });
        Assert.Equal(1, chosen.Count);
        Assert.DoesNotContain(chosen.Notes, note => note.IsWarning);
    }

    [Theory]
    [InlineData(32, null)]
    [InlineData(16, 32)]
    public void Latents_of_another_size_are_refused_naming_their_file(int height, int? width)
    {
        Export();
        var error = Assert.Throws<TinySoraException>(() => Open(new(Saved, Writes: false), new() { Height = height, Width = width }));
        Assert.Equal("TinySora.Latent.OtherSize", error.Id);
        Assert.Contains($"'{toy.File("saved", "a.gif.safetensors")}' contains clips of 4 x 4 x 4 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_of_another_autoencoder_are_refused()
    {
        Export();
        using var other = new ToyCodec(ToyCodecKind.Posterior, frames: 1, seed: 2);
        var error = Assert.Throws<TinySoraException>(() => Open(new(Saved, Writes: false), codec: other.File("codec")));
        Assert.Equal("TinySora.Latent.OtherCodec", error.Id);
        Assert.Contains("you can also delete it", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_latent_files_are_written_before_training_and_resumed_after_an_interruption()
    {
        using var films = Open(saved: null);
        var expected = Latents(films);
        using var stop = new CancellationTokenSource();
        var first = new ImmediateProgress<ItemProgress>(_ => stop.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => Open(new(Saved, Writes: true), progress: first, cancellation: stop.Token));
        var file = Assert.Single(Directory.GetFiles(Saved, "*", SearchOption.AllDirectories));
        var written = File.GetLastWriteTimeUtc(file);
        using (var data = Open(new(Saved, Writes: true)))
        {
            Assert.Equal($"Number of videos whose latents were saved in '{Saved}': 1.", data.Notes[0].Text);
            Assert.True(Latents(data).eq(expected).all().item<bool>());
        }

        string[] files = [toy.File("saved", "a.gif.safetensors"), toy.File("saved", "below", "b.gif.safetensors")];
        Assert.Equal(files, Directory.GetFiles(Saved, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));

        // An unreadable video has no latents to save; the others train.
        File.WriteAllText(toy.File("clips", "broken.gif"), "no film");
        using var without = Open(new(Saved, Writes: true));
        Assert.Equal((2, 1), (without.Count, without.Skipped));
    }

    [Fact]
    public void Latents_of_validation_videos_do_not_collide_with_those_of_the_same_name()
    {
        toy.WriteClip("split/train/a.gif", frames: 4, seed: 1);
        toy.WriteClip("split/val/a.gif", frames: 4, seed: 2);
        using (var train = Open(new(Saved, Writes: true), folder: toy.File("split", "train")))
        {
            Assert.Equal($"Number of videos whose latents were saved in '{Saved}': 1.", train.Notes[0].Text);
        }

        using var val = Open(new(Saved, Writes: true), folder: toy.File("split", "val"));
        Assert.EndsWith("Each clip is encoded once.", Assert.Single(val.Notes).Text, StringComparison.Ordinal);
    }

    /// <summary>Covers the rows L22 and L32 of the feature status together.</summary>
    [Fact]
    public void Training_needs_the_autoencoder_only_for_videos_without_latent_files()
    {
        Export();
        using (var with = Open(new(Saved, Writes: false)))
        {
            var expected = Latents(with);
            using var data = Open(new(Saved, Writes: true), codec: toy.File("gone"));
            Assert.True(Latents(data).eq(expected).all().item<bool>());
            Assert.Contains("gone' (latents.codec) does not exist", Assert.Single(data.Notes, note => note.IsWarning).Text, StringComparison.Ordinal);
        }

        toy.WriteClip("clips/c.gif", frames: 5, seed: 3);
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => Open(new(Saved, Writes: true), codec: toy.File("gone"))).Id);
    }

    private void Export()
    {
        using var model = toy.Open();
        var options = new LatentExportOptions { DataPath = toy.Data, OutputPath = Saved, Format = LatentFormat.PerVideo };
        Assert.Equal(2, LatentExport.Write(model, options, skipped => Assert.Fail($"{skipped}")).Count());
    }

    /// <summary>Four frames of each video, chosen uniformly.</summary>
    private static Tensor Latents(LatentExamples data)
    {
        var batch = (LatentBatch)data.Get([.. Enumerable.Range(0, data.Count).Select(index => new SampledExample(index, (ulong)index))], CPU);
        return batch.Latents;
    }

    private LatentExamples Open(
        SavedLatents? saved, VideoClipConfig? clip = null, string? folder = null, string? codec = null, IProgress<ItemProgress>? progress = null,
        LatentKind kind = LatentKind.Moments, CancellationToken cancellation = default)
    {
        clip ??= new VideoClipConfig();
        return LatentVideoFolder.Open(
            new(codec ?? toy.File("codec"), "latents.codec"), folder ?? toy.Data, kind, clip with { Frames = 4, Height = clip.Height == 64 ? 16 : clip.Height }, images: 0, captions: null, saved, progress,
            cancellation);
    }
}

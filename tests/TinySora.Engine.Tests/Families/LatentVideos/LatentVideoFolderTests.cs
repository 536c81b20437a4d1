using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using TinySora.Engine.Tests.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentVideos;

/// <summary>Which videos a latent model is trained on, and how frames are passed to a frame autoencoder.</summary>
public sealed class LatentVideoFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public LatentVideoFolderTests()
    {
        Directory.CreateDirectory(folder.File("films", "below"));
        Write("v_TaiChi_g01");
        Write("below/v_PullUps_g02");
        Write("v_Archery_g03");
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The videos have colors and another aspect ratio, so that grayscale conversion and centre cropping would change them.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Frame_autoencoder_encodes_videos_with_the_fitting_of_its_training(int channels, bool crops)
    {
        TrainCodec(channels, crops);
        using var data = Open("");
        AssertEncodes(data, new FrameShape(channels, 16, 16, crops));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Configuration_overrides_the_fitting_of_the_autoencoder(bool crops)
    {
        TrainCodec(3, !crops);
        using var data = Open($"centre_square_crop: {(crops ? "true" : "false")}");
        AssertEncodes(data, new FrameShape(3, 16, 16, crops));
    }

    [Fact]
    public void Filter_and_extension_select_the_videos()
    {
        TrainCodec(1, false);
        File.WriteAllText(folder.File("filter.txt"), "*_TaiChi*\n\nv_Tai*\n*_PullUps*\n");
        File.WriteAllText(folder.File("films", "broken.avi"), "no film");
        var filter = $"filter_path: '{folder.File("filter.txt")}'";
        using (var all = Open("video_ext: gif"))
        {
            Assert.Equal((3, 0), (all.Count, all.Skipped));
        }

        using (var chosen = Open($"video_ext: .gif, {filter}"))
        {
            Assert.Equal(["below/v_PullUps_g02.gif", "v_TaiChi_g01.gif"], Names(chosen));
        }

        Assert.Equal(2, new LatentTransformerFamily().Count(Config(filter), folder.File("films")));
        var none = Assert.Throws<TinySoraException>(() => Open("video_ext: mp4"));
        Assert.Equal("TinySora.Data.NoClips", none.Id);
        Assert.EndsWith("expected .mp4.", none.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("filter.txt"), "*_Walking*\n");
        Assert.Equal("TinySora.Data.NothingSelected", Assert.Throws<TinySoraException>(() => Open(filter)).Id);
        Assert.Equal("TinySora.Data.CannotRead", Assert.Throws<TinySoraException>(() => Open("filter_path: absent.txt")).Id);
        Assert.Equal("clip.video_ext", Assert.Single(ConfigFile.Check(Text("video_ext: txt"), "tiny")).Target);
    }

    /// <summary>A run may write its results below its clips, and pictures may be in the same folder as latents.</summary>
    [Fact]
    public void Checkpoint_below_clips_and_clip_below_latents_do_not_change_the_kind_of_folder()
    {
        TrainCodec(1, false);
        Export(LatentFormat.PerVideo);
        Directory.Move(folder.File("codec"), folder.File("films", "codec"));
        using (var data = new LatentTransformerFamily().Open(
            ConfigFile.Parse(Text("").Replace(folder.File("codec"), folder.File("films", "codec"), StringComparison.Ordinal), "tiny"),
            folder.File("films"), null, CancellationToken.None))
        {
            Assert.EndsWith("Each clip is encoded once.", data.Notes[0].Text, StringComparison.Ordinal);
            Assert.Equal(3, data.Count);
        }

        Directory.Move(folder.File("films", "codec"), folder.File("codec"));
        File.Copy(folder.File("films", "v_TaiChi_g01.gif"), folder.File("lat", "contact-sheet.gif"));
        using var latents = Open("", "lat");
        Assert.Equal($"Found 3 clips in '{folder.File("lat")}'.", latents.Notes[0].Text);
    }

    [Fact]
    public void Stored_latents_are_selected_by_the_names_of_their_videos()
    {
        TrainCodec(1, false);
        Assert.Equal(3, Export(LatentFormat.PerVideo).Count);
        File.WriteAllText(folder.File("filter.txt"), "v_Archery_g03\n");
        using var chosen = Open($"filter_path: '{folder.File("filter.txt")}'", "lat");
        Assert.Equal(["v_Archery_g03"], Names(chosen));
        using var films = Open($"filter_path: '{folder.File("filter.txt")}'");
        using var ofFile = Means(chosen);
        using var ofFilm = Means(films);
        Assert.True(ofFile.allclose(ofFilm));
    }

    [Fact]
    public void Latents_that_are_not_finite_are_refused_before_training()
    {
        TrainCodec(1, false);
        var path = Assert.Single(Export(LatentFormat.Npy));
        Open("", path).Dispose();
        using (var file = File.OpenWrite(path))
        {
            file.Seek(-sizeof(float), SeekOrigin.End);
            file.Write(BitConverter.GetBytes(float.NaN));
        }

        var error = Assert.Throws<TinySoraException>(() => Open("", path));
        Assert.Equal("TinySora.Latent.NotFinite", error.Id);
        Assert.Contains("in the clip '00002'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(-1)]
    public void Arrow_index_outside_the_codebook_is_refused_naming_the_video(long wrong)
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using (var writer = ArrowDatasetWriter.Create(
            toy.File("part"), [new("video_file", ArrowElement.Text), new("video_latent_states", ArrowElement.Int64, 3), new("text_latent_states", ArrowElement.Float32, 2)]))
        {
            writer.Add("good.mp4", tensor(new long[] { 0, 1, 2, 3 }, [1, 2, 2]), ones([1, 2]));
            writer.Add("bad.mp4", tensor([0, 1, wrong, 3], [1, 2, 2]), ones([1, 2]));
            writer.Complete();
        }

        using var data = LatentVideoFolder.Open(
            new(toy.File("codec"), "tokens.codec"), toy.File("part"), LatentKind.Tokens, new() { Frames = 2, Height = 8 }, 0, captions: null, null, null, default);
        data.Get([new(0, 0)], CPU).Dispose();
        var error = Assert.Throws<TinySoraException>(() => data.Get([new(1, 0)], CPU));
        Assert.Equal("TinySora.Latent.TokenTooLarge", error.Id);
        Assert.Contains("bad.mp4", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{(wrong < 0 ? "smallest" : "largest")} token: {wrong}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Each row of an Arrow dataset has one caption, so a video with several captions has several rows, which need not be adjacent.</summary>
    [Fact]
    public void Drawn_captions_of_an_Arrow_dataset_are_rows_of_the_same_video()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        ArrowColumn[] columns =
            [new("video_file", ArrowElement.Text), new("video_latent_states", ArrowElement.Int64, 3), new("text_latent_states", ArrowElement.Float32, 2)];
        using (var writer = ArrowDatasetWriter.Create(toy.File("part"), columns))
        {
            foreach (var (name, value) in new[] { ("a.mp4", 1), ("b.mp4", 2), ("a.mp4", 3) })
            {
                writer.Add(name, tensor(new long[] { 0, 1, 2, 3 }, [1, 2, 2]), full([value, 2], (float)value));
            }

            writer.Complete();
        }

        LatentExamples Open(CaptionSampling captions) => LatentVideoFolder.Open(
            new(toy.File("codec"), "tokens.codec"), toy.File("part"), LatentKind.Tokens, new() { Frames = 2, Height = 8 }, 0, captions, null, null, default);
        using var all = Open(new());
        using var drawn = Open(new() { IsDrawn = true });
        Assert.Equal((3, 2), (all.Count, drawn.Count));
        Assert.NotEqual(all.Fingerprint, drawn.Fingerprint);
        Assert.Equal([1, 3], StatesOf(0));
        Assert.Equal([2], StatesOf(1));
        Assert.Equal(1, StateOf(0, bits: 0));

        IEnumerable<float> StatesOf(int index) => Enumerable.Range(1, 20).Select(bits => StateOf(index, (ulong)bits)).Distinct().Order();
        float StateOf(int index, ulong bits)
        {
            using var batch = drawn.Get([new(index, bits)], CPU);
            return batch.Text!.Values.min().item<float>();
        }
    }

    [Fact]
    public void Arrow_parts_without_rows_are_refused()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        foreach (var states in new ArrowColumn[][] { [new("video_latent_states", ArrowElement.Int64, 3)], [] })
        {
            using (var writer = ArrowDatasetWriter.Create(toy.File("parts", $"part-0000{states.Length}"), [new("video_file", ArrowElement.Text), .. states]))
            {
                writer.Complete();
            }

            var error = Assert.Throws<TinySoraException>(() => LatentVideoFolder.Open(
                new(toy.File("codec"), "tokens.codec"), toy.File("parts", $"part-0000{states.Length}"), LatentKind.Tokens,
                new() { Frames = 2, Height = 8, VideoDir = toy.Data }, 0, captions: null, null, null, default));
            Assert.Equal("TinySora.Latent.Empty", error.Id);
        }
    }

    [Theory]
    [InlineData("frames: 4", "frames: 3", LatentFormat.Npy)]
    [InlineData("height: 16", "height: 32", LatentFormat.Npy)]
    [InlineData("height: 16", "height: 16, width: 32", LatentFormat.Npy)]
    [InlineData("height: 16", "height: 8", LatentFormat.PerVideo)]
    public void Latents_of_the_wrong_size_are_refused_before_training(string right, string wrong, LatentFormat format)
    {
        TrainCodec(1, false);
        var path = Export(format)[0];
        Open("", path).Dispose();
        var text = Text("").Replace(right, wrong, StringComparison.Ordinal);
        var error = Assert.Throws<TinySoraException>(
            () => new LatentTransformerFamily().Open(ConfigFile.Parse(text, "tiny"), path, null, CancellationToken.None));
        Assert.Equal("TinySora.Latent.OtherSize", error.Id);
        Assert.Contains("contains clips of 4 x 8 x 8 ", error.Message, StringComparison.Ordinal);
        Assert.Contains("clip.frames: 4 (or clip.source_frames, to train on shorter clips), clip.height: 16 and clip.width: 16", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Shorter_clips_are_cut_from_latents_on_request_and_separate_files_may_have_any_length()
    {
        TrainCodec(1, false);
        var text = Text("source_frames: 4").Replace("frames: 4,", "frames: 2,", StringComparison.Ordinal);
        foreach (var format in new[] { LatentFormat.Npy, LatentFormat.PerVideo })
        {
            using var data = new LatentTransformerFamily().Open(ConfigFile.Parse(text, "tiny"), Export(format)[0], null, CancellationToken.None);
            using var means = Means(data);
            Assert.Equal([1, 4, 2, 8, 8], means.shape);
        }
    }

    /// <returns>The files.</returns>
    private List<string> Export(LatentFormat format)
    {
        using var model = CodecModel.Open(folder.File("codec"), "cpu");
        var options = new LatentExportOptions
        {
            DataPath = folder.File("films"), OutputPath = folder.File("lat"), Format = format, Frames = format == LatentFormat.Npy ? 4 : null,
        };
        return [.. LatentExport.Write(model, options, skipped => Assert.Fail($"{skipped}")).Select(file => file.Path)];
    }

    private static string[] Names(IExamples data)
    {
        using var batch = data.Get([.. Enumerable.Range(0, data.Count).Select(index => new SampledExample(index, 0))], CPU);
        return [.. batch.Names];
    }

    /// <summary>Returns the latents of the first video.</summary>
    private static Tensor Means(IExamples data) => EngineThread.Run(() =>
    {
        using var batch = (LatentBatch)data.Get([new(0, 0)], CPU);
        return batch.Latents.clone().DetachFromDisposeScope();
    });

    private void AssertEncodes(IExamples data, FrameShape shape)
    {
        using var seen = FrameExamples.Open(folder.File("films"), shape, null, CancellationToken.None);
        using var model = CodecModel.Open(folder.File("codec"), "cpu");
        EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var clip = seen.Get([new(0, 0), new(1, 0), new(2, 0), new(3, 0)], CPU).Clips.squeeze(2).transpose(0, 1).unsqueeze(0); // (1, C, 4, H, W)
            var expected = model.Codec.Encode(clip);
            var found = ((LatentBatch)data.Get([new(0, 0)], CPU)).Latents;
            Assert.True(found.allclose(expected, atol: 1e-5), $"{(found - expected).abs().max().item<float>()}");
        });
    }

    private void TrainCodec(int channels, bool crops) => TrainingSession.Run(
        new()
        {
            Config = ConfigFile.Parse($$"""
                family: frame-autoencoder
                data: { height: 16, width: 16, centre_square_crop: {{(crops ? "true" : "false")}} }
                model: { frame_channels: {{channels}}, down_channels: [8, 16], mid_channels: [16], down_sample: [true], attn_down: [false], norm_channels: 4 }
                trainer: { train_batch_size: 2, train_num_steps: 1, num_sample_rows: 0, seed: 1 }
                """, "codec"),
            DataPath = folder.File("films"), ResultsPath = folder.File("codec"), Device = "cpu",
        },
        new RecordingObserver(), CancellationToken.None);

    /// <param name="data">Dataset: a path below the folder of the test, or an absolute path.</param>
    private IExamples Open(string clip, string data = "films") =>
        new LatentTransformerFamily().Open(Config(clip), folder.File(data), null, CancellationToken.None);

    private RunConfig Config(string clip) => ConfigFile.Parse(Text(clip), "tiny");

    private string Text(string clip) => $$"""
        family: latent-transformer
        model: { architecture: latte-tutorial, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2 }
        clip: { frames: 4, height: 16{{(clip.Length > 0 ? ", " : "")}}{{clip}} }
        latents: { codec: '{{folder.File("codec")}}' }
        """;

    /// <summary>Writes a video of four frames of 12 x 20 pixels whose colors vary by position.</summary>
    private void Write(string name)
    {
        var pixels = Enumerable.Range(0, 4 * 12 * 20 * 3).Select(i => (byte)((i % 3) switch
        {
            0 => 12 * (i / 3 % 20),
            1 => 20 * (i / 60 % 12),
            _ => 60 * (i / 720),
        }));
        ClipFile.Write(folder.File("films", name + ".gif"), new Clip([.. pixels], 4, 12, 20, 3, 100));
    }
}

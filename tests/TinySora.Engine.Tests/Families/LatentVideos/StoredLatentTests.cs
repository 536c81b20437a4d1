using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentVideos;

/// <summary>Training on stored latents and tokens whose autoencoder is missing.</summary>
public sealed class StoredLatentTests : VideoRuns
{
    private const string Transformer = """
        family: latent-transformer
        model: { architecture: latte, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2 }
        latents: { codec: 'CODEC' }
        diffusion: { timesteps: 20, sampling_steps: 2 }
        """;

    private const string TokenModel = """
        family: token-model
        model: { architecture: mdgpt, n_layer: 1, n_head: 2, n_embd: 16 }
        tokens: { codec: 'CODEC' }
        text: { encoder: none }
        """;

    /// <summary>The model, its autoencoder, how the latents are stored, and what their file records in addition to the clip size.</summary>
    public static TheoryData<string, string, string> Kinds { get; } = new()
    {
        { Transformer, "network_variant: s2x4x4_kl, embedding_dim: 4", "npy" },
        { Transformer.Replace("codec: 'CODEC'", "codec: 'CODEC', sample: true", StringComparison.Ordinal), "network_variant: s2x4x4_kl, embedding_dim: 4", "per video" },
        { TokenModel, "network_variant: s2x4x4_fsq, fsq_levels: [4, 4]", "tokens" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Resumed_training_without_the_autoencoder_equals_training_with_it(string model, string codec, string kind)
    {
        var data = Store(codec, kind);
        Run("whole", Config(model), null, data: data);
        Run("parts", Config(model), 2, data: data);
        Directory.Move(folder.File("codec"), folder.File("elsewhere"));
        var observer = new RecordingObserver();
        Run("parts", Config(model), null, observer, data: data);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
        var warning = Assert.Single(observer.Warnings);
        Assert.Contains("codec' (", warning, StringComparison.Ordinal);
        Assert.EndsWith(" and generates no samples.", warning, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.File("parts"), "sample-*.gif"));
        Assert.Equal(3, Directory.GetFiles(folder.File("whole"), "sample-*.gif").Length);

        var path = CheckpointStore.Latest(folder.File("parts")).Path;
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(path, "cpu")).Id);
        Directory.Move(folder.File("elsewhere"), folder.File("codec"));
        Assert.Equal(Make("whole"), Make("parts"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_without_autoencoder_starts_resumes_and_generates_once_it_is_back(string model, string codec, string kind)
    {
        var data = Store(codec, kind);
        Directory.Move(folder.File("codec"), folder.File("elsewhere"));
        var cost = TrainingMeter.Measure(Config(model), "tiny", "cpu", 1, CancellationToken.None, folder: data);
        Assert.True(cost is { SecondsPerStep: > 0, Parameters: > 1000 });
        Run("whole", Config(model), null, data: data);
        Run("parts", Config(model), 2, data: data);
        Run("parts", Config(model), null, data: data);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
        Assert.Empty(Directory.GetFiles(folder.File("parts"), "sample-*.gif"));

        Directory.Move(folder.File("elsewhere"), folder.File("codec"));
        Make("parts");
        Run("parts", Config(model), 8, data: data);
        Assert.Single(Directory.GetFiles(folder.File("parts"), "sample-*.gif"));

        // An autoencoder with other weights does not match the latents.
        Directory.Delete(folder.File("codec"), recursive: true);
        TrainCodec(codec, seed: 2);
        var path = CheckpointStore.Latest(folder.File("parts")).Path;
        Assert.Equal("TinySora.Model.OtherCodec", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(path, "cpu")).Id);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Latents_of_another_autoencoder_are_refused_even_if_neither_is_present(string model, string codec, string kind)
    {
        var data = Store(codec, kind);
        Run("run", Config(model), 2, data: data);
        Directory.Delete(folder.File("codec"), recursive: true);
        Directory.Delete(folder.File("stored"), recursive: true);
        var other = Store(codec, kind, seed: 2);
        Directory.Delete(folder.File("codec"), recursive: true);
        Assert.Equal("TinySora.Model.OtherLatents", Assert.Throws<TinySoraException>(() => Run("run", Config(model), null, data: other)).Id);
    }

    /// <summary>An empty file once caused a division by zero for tokens and a JSON error (infinity) for latents.</summary>
    [Theory]
    [InlineData(LatentKind.Tokens)]
    [InlineData(LatentKind.Latents)]
    public void File_without_clips_is_refused_with_and_without_the_autoencoder(LatentKind kind)
    {
        using var scope = NewDisposeScope();
        var tokens = kind == LatentKind.Tokens;
        TrainCodec(tokens ? "network_variant: s2x4x4_fsq, fsq_levels: [4, 4]" : "network_variant: s2x4x4_kl, embedding_dim: 4", 1);
        var path = folder.File(LatentName.Of("shapes", "codec", kind, 4, "train"));
        NpyFile.Write(path, tokens ? zeros([0, 2, 4, 4], ScalarType.Int64) : zeros([0, 4, 2, 4, 4]));
        for (var isThere = true; ; isThere = false)
        {
            var error = Assert.Throws<TinySoraException>(() => Run("run", Config(tokens ? TokenModel : Transformer), 1, data: path));
            Assert.Equal(("TinySora.Latent.Empty", path), (error.Id, error.Target));
            if (!isThere)
            {
                return;
            }

            Directory.Delete(folder.File("codec"), recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Videos_of_the_same_name_in_subfolders_have_their_own_captions(bool isDrawn)
    {
        foreach (var (below, value) in new[] { ("a", 0), ("b", 1) })
        {
            StoreVideo($"{below}/clip.gif", value);
            File.WriteAllText(folder.File("videos", below, "clip.txt"), $"one {below}\ntwo {below}\n");
        }

        using var examples = Examples(new FrameSampling(1), isDrawn);
        Assert.Equal(isDrawn ? ["one a", "one b"] : ["one a", "two a", "one b", "two b"], examples.Captions);
        Assert.Equal(["one a", "two a", "one b", "two b"], ((IExamples)examples).AllCaptions);
    }

    [Fact]
    public void Single_frames_come_from_videos_of_the_same_split()
    {
        for (var i = 0; i < 5; i++)
        {
            StoreVideo($"{i}.gif", i);
        }

        foreach (var (split, videos) in new[] { (DatasetSplit.Training, new[] { 0f, 1, 2, 3 }), (DatasetSplit.Validation, [4f]) })
        {
            using var examples = ((IExamples)Examples(new FrameSampling(1, Images: 2), isDrawn: false)).GetSplit(split);
            using var batch = (LatentBatch)examples.Get([.. Enumerable.Range(1, 40).Select(bits => new SampledExample(0, SplitMix64.Mix(1, bits)))], CPU);
            Assert.Equal(videos, batch.Latents.narrow(2, 1, 2).flatten().data<float>().ToArray().Distinct().Order());
        }
    }

    /// <summary>A few tokens need not contain the last code of the codebook.</summary>
    [Fact]
    public void Number_of_codes_is_inferred_from_the_largest_token_if_unknown()
    {
        var data = Tokens(12);
        Run("run", Config(TokenModel), 1, data: data);
        Assert.Equal(13, Codes("run"));
        Run("more", Config(TokenModel.Replace("n_layer: 1", "n_layer: 1, codes: 16", StringComparison.Ordinal)), 1, data: data);
        Assert.Equal(16, Codes("more"));

        // Larger tokens are refused unless the model has them.
        File.Delete(data);
        var error = Assert.Throws<TinySoraException>(() => Run("run", Config(TokenModel), null, data: Tokens(15)));
        Assert.Equal("TinySora.Latent.TokenTooLarge", error.Id);
        Assert.Contains("has 13 codes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_for_a_latent_model_clips_and_sizes_off_the_stride_need_the_autoencoder()
    {
        var tokens = Tokens(12);
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => Run("run", Config(Transformer), 1, data: tokens)).Id);
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => Run("run", Config(Transformer), 1)).Id);
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => Measure(Transformer, folder.File("data"))).Id);
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => Measure(TokenModel, null)).Id);
        var error = Assert.Throws<TinySoraException>(() => Run("run", Config(TokenModel, height: 18), 1, data: tokens));
        Assert.Equal("TinySora.Latent.NoStride", error.Id);
        Assert.Contains("4 x 18 x 18", error.Message, StringComparison.Ordinal);

        void Measure(string model, string? data) => TrainingMeter.Measure(Config(model), "tiny", "cpu", 1, CancellationToken.None, folder: data);
    }

    /// <summary>A configuration that could not be measured once ended the plan.</summary>
    [Fact]
    public void Plan_reports_a_misfit_even_if_the_autoencoders_of_the_presets_are_missing()
    {
        var request = new TrainingRequest { Config = Config(TokenModel), DataPath = Tokens(12), ResultsPath = folder.File("run"), Device = "cpu" };
        var plan = TrainingPlan.Make(request, "tiny", CPU, memory: 1000, disk: long.MaxValue, CancellationToken.None);
        Assert.Equal((false, null), (plan.Fits, plan.FittingPreset));
    }

    /// <summary>The tutorial's pickles have no metadata and hold the moments of single frames.</summary>
    [Fact]
    public void Tensor_without_metadata_for_each_video_holds_single_frames()
    {
        Directory.CreateDirectory(folder.File("stored"));
        using (var moments = randn([4, 8, 4, 4]))
        {
            SafetensorsFile.Write(folder.File("stored", "a.safetensors"), new Dictionary<string, string>(), [("moments", moments)]);
        }

        using var films = new StoredLatentVideos(folder.File("stored"), null, LatentKind.Latents, new() { Frames = 4, Height = 16 });
        Assert.Equal(new CodecTraits(new(1, 4, 4), 4, null, null), films.Codec);
        using var read = films.Read(0);
        Assert.Equal([4, 4, 4, 4], read.shape);
    }

    /// <summary>Returns the number of codes, from the size of the embedding table (16 values per token, four special tokens).</summary>
    private int Codes(string run) => (Tensors(run).Single(item => item.Key.StartsWith("model.", StringComparison.Ordinal)
        && item.Key.EndsWith("wte.weight", StringComparison.Ordinal)).Value.Length / 16) - 4;

    private byte[] Make(string run)
    {
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File(run)).Path, "cpu");
        return Assert.Single(generator.Sample([new ClipPrompt(1)])).Clip.Pixels;
    }

    /// <returns>A file with eight clips.</returns>
    private string Tokens(int largest)
    {
        var path = folder.File(LatentName.Of("shapes", "theirs", LatentKind.Tokens, 4, "train"));
        using var scope = NewDisposeScope();
        NpyFile.Write(path, tensor(Enumerable.Range(0, 8 * 32).Select(i => (long)(i % (largest + 1))).ToArray()).view(8, 2, 4, 4));
        return path;
    }

    [Fact]
    public void File_of_the_wrong_size_is_closed_after_the_error()
    {
        var data = Store("network_variant: s2x4x4_kl, embedding_dim: 4", "npy");
        using var model = CodecModel.Open(folder.File("codec"), "cpu");
        var error = Assert.Throws<TinySoraException>(() => new StoredLatentVideos(data, model, LatentKind.Latents, new() { Frames = 4, Height = 8 }));
        Assert.Equal("TinySora.Latent.OtherSize", error.Id);
        using var alone = new FileStream(data, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private string Store(string codec, string kind, int seed = 1)
    {
        TrainCodec(codec, seed);
        using var model = CodecModel.Open(folder.File("codec"), "cpu");
        var options = new LatentExportOptions
        {
            DataPath = folder.File("data"), OutputPath = folder.File("stored"), Tokens = kind == "tokens",
            Format = kind == "per video" ? LatentFormat.PerVideo : LatentFormat.Npy,
        };
        var files = LatentExport.Write(model, options, skipped => Assert.Fail($"{skipped}")).ToList();
        return options.Format == LatentFormat.PerVideo ? options.OutputPath : Assert.Single(files).Path;
    }

    private void TrainCodec(string model, int seed) => Run("codec", ConfigFile.Parse(
        $$"""
        family: video-autoencoder
        model: { {{model}}, n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 2, num_sample_rows: 0, seed: {{seed}} }
        """, "codec"), null);

    private RunConfig Config(string model, int height = 16) => ConfigFile.Parse(
        $$"""
        {{model.Replace("CODEC", folder.File("codec"), StringComparison.Ordinal)}}
        clip: { frames: 4, height: {{height}} }
        trainer: { train_batch_size: 2, train_num_steps: 6, train_lr: 0.002, sample_every: 2, num_sample_rows: 1, ema_decay: 0.5, step_start_ema: 0, seed: 3 }
        """, "tiny");

    /// <summary>Stores latents with the same value everywhere.</summary>
    private void StoreVideo(string name, float value)
    {
        var path = folder.File("videos", $"{name}.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsFile.Write(path, new Dictionary<string, string>(), [("latents", full([1, 4, 4, 4], value))]);
    }

    private LatentExamples Examples(FrameSampling sampling, bool isDrawn) => new(
        new StoredLatentVideos(folder.File("videos"), null, LatentKind.Latents, new() { Frames = 1, Height = 16 }), sampling, LatentKind.Latents, 1,
        new() { IsDrawn = isDrawn }, null);
}

using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TinySora.Engine.Tests.Training.Checkpoints.PublishedFile;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

public sealed class CheckpointImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Source => folder.File("model-10.pt");

    private string Results => folder.File("results");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Published_checkpoint_survives_import_and_export_tensor_by_tensor()
    {
        Write(Source, Checkpoint(20));

        var imported = Import(Config);
        var exported = CheckpointExport.TargetPath(imported, ExportFormat.PyTorch, folder.File("again"));
        Directory.CreateDirectory(folder.File("again"));
        CheckpointExport.Write(imported.Path, exported, ExportFormat.PyTorch);

        Assert.Equal(("step-00000020.safetensors", 20), (Path.GetFileName(imported.Path), imported.Step));
        Assert.Equal("model-10.pt", Path.GetFileName(exported));
        Assert.Equal(Tensors(Source), Tensors(exported));
        using var file = TensorFile.Open(exported);
        Assert.Equal("20", file.Metadata["step"]);

        // The published code's names: 12 tables and 263 tensors of the U-Net, for both sets of weights.
        var names = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "unet3d_keys.txt")).Select(line => "model.denoise_fn." + line.Split(' ')[0]);
        var model = file.Tensors.Keys.Where(name => name.StartsWith("model.", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(275, model.Count);
        Assert.Superset(names.ToHashSet(), model);
        Assert.Equal(275, file.Tensors.Keys.Count(name => name.StartsWith("ema.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Trained_weights_are_used_as_average_if_the_file_has_none()
    {
        Write(Source, new() { ["step"] = 3, ["model"] = StateDict(1) });
        var tensors = Tensors(Import(Config).Path);
        Assert.Equal(tensors["model.denoise_fn.init_conv.weight"], tensors["ema.denoise_fn.init_conv.weight"]);

        Write(Source, Checkpoint(4));
        tensors = Tensors(Import(Config).Path);
        Assert.NotEqual(tensors["model.denoise_fn.init_conv.weight"], tensors["ema.denoise_fn.init_conv.weight"]);
    }

    [Theory]
    [InlineData("denoise_fn.", true)]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("module.", true)]
    [InlineData("module.denoise_fn.", true)]
    [InlineData("state_dict.denoise_fn.", true)]
    [InlineData("model_state_dict.module.", true)]
    [InlineData("model.module.denoise_fn.", true)]
    public void Bare_state_dict_imports_with_or_without_prefix_and_constants(string prefix, bool frequencies)
    {
        var weights = StateDict(1)
            .Where(item => item.Key.StartsWith("denoise_fn.", StringComparison.Ordinal) && (frequencies || !item.Key.EndsWith(".freqs", StringComparison.Ordinal)))
            .ToDictionary(item => prefix + item.Key["denoise_fn.".Length..], item => item.Value);
        Write(Source, weights);

        var imported = Import(Config);

        Assert.Equal(0, imported.Step);
        var tensors = Tensors(imported.Path);
        Assert.Equal(Tensors(Source)[prefix + "init_conv.weight"], tensors["model.denoise_fn.init_conv.weight"]);
        Assert.Contains("model.denoise_fn.init_temporal_attn.fn.fn.fn.rotary_emb.freqs", tensors.Keys);
    }

    [Fact]
    public void Safetensors_with_published_names_import()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(
            folder.File("a.safetensors"), new Dictionary<string, string> { ["format"] = "pt" },
            StateDict(1).Select(item => (item.Key, ((StoredTensor)item.Value).As(float16).Read())));

        using var import = CheckpointImport.Open(folder.File("a.safetensors"), Config);
        var tensors = Tensors(import.Save(Results).Path);

        Assert.All(tensors.Values, tensor => Assert.StartsWith("Float32", tensor.Shape, StringComparison.Ordinal));
        Assert.Equal(2 * 263 - 10, tensors.Count); // Averages of all trained weights.
    }

    [Fact]
    public void Names_of_both_sides_are_shown_if_all_differ()
    {
        Write(Source, StateDict(1).ToDictionary(item => "generator." + item.Key, item => item.Value));
        var error = Refused(Config, "TinySora.Checkpoint.OtherModel");
        Assert.Contains(" is missing from the file", error.Message, StringComparison.Ordinal);
        Assert.Contains("generator.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_difference_from_the_configuration_is_named()
    {
        var content = Checkpoint(3);
        var model = (Dictionary<string, object>)content["model"];
        model.Remove("denoise_fn.init_conv.bias");
        model["denoise_fn.extra"] = Stored(ones([1]));
        model["denoise_fn.time_mlp.1.weight"] = Stored(ones([16, 5]));
        Write(Source, content);

        var error = Refused(Config, "TinySora.Checkpoint.OtherModel");

        Assert.Contains("'denoise_fn.init_conv.bias' is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("'denoise_fn.extra' is not part of the model", error.Message, StringComparison.Ordinal);
        Assert.Contains("'denoise_fn.time_mlp.1.weight' is (16, 5) in the file and (16, 4) in the model", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Config", error.Advice, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Results));
    }

    [Fact]
    public void Memory_for_the_model_does_not_depend_on_the_file()
    {
        var content = Checkpoint(3);
        ((Dictionary<string, object>)content["model"])["denoise_fn.null_cond_emb"] = Stored(zeros([1, 1 << 20]));
        Write(Source, content);
        var error = Refused(Config, "TinySora.Checkpoint.OtherModel");
        Assert.Contains("'denoise_fn.null_cond_emb' is (1, 1048576) in the file and (1, 768) in the model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_shape_in_the_averaged_weights_is_named()
    {
        var content = Checkpoint(3);
        ((Dictionary<string, object>)content["ema"])["denoise_fn.init_conv.bias"] = Stored(ones([5]));
        Write(Source, content);
        Assert.Contains("'denoise_fn.init_conv.bias' is (5) in the file", Refused(Config, "TinySora.Checkpoint.OtherModel").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schedule_tables_of_wrong_length_name_both_lengths()
    {
        Write(Source, Checkpoint(3, Config.With(diffusion: Config.Diffusion with { Timesteps = 1000 })));
        var error = Refused(Config, "TinySora.Checkpoint.OtherSchedule");
        Assert.Contains("T = 1000", error.Message, StringComparison.Ordinal);
        Assert.Contains("T = 10.", error.Message, StringComparison.Ordinal);
        Assert.Contains("diffusion.timesteps to 1000", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Different_schedule_or_frequencies_cause_a_warning()
    {
        Write(Source, Checkpoint(3));
        using (var usual = CheckpointImport.Open(Source, Config))
        {
            Assert.Empty(usual.Warnings);
        }

        var content = Checkpoint(3, Config.With(diffusion: Config.Diffusion with { NoiseSchedule = NoiseScheduleKind.Linear }));
        ((Dictionary<string, object>)content["model"])["denoise_fn.mid_temporal_attn.fn.fn.fn.rotary_emb.freqs"] = Stored(ones([2]));
        Write(Source, content);
        using var import = CheckpointImport.Open(Source, Config);
        Assert.Collection(
            import.Warnings,
            w => Assert.Contains("noise_schedule", w, StringComparison.Ordinal),
            w => Assert.Contains("mid_temporal_attn.fn.fn.fn.rotary_emb.freqs", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Folder_imports_its_highest_numbered_checkpoint()
    {
        foreach (var step in new[] { 9, 10, 2 })
        {
            Write(folder.File($"model-{step}.pt"), Checkpoint(step * 2));
        }

        File.WriteAllText(folder.File("model-best.pt"), "mine");
        using var import = CheckpointImport.Open(folder.Path, Config);
        Assert.Equal(20, import.Step);
        Assert.Equal(folder.File("model-10.pt"), import.SourcePath);
    }

    [Fact]
    public void Missing_file_empty_folder_and_invalid_step_have_their_own_errors()
    {
        Directory.CreateDirectory(folder.File("empty"));
        Assert.Equal("TinySora.Checkpoint.NoMilestone", Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("empty"), Config)).Id);
        Refused(Config, "TinySora.Checkpoint.NotFound");
        Write(Source, new() { ["step"] = -3, ["model"] = StateDict(1) });
        Refused(Config, "TinySora.Checkpoint.Damaged");
    }

    /// <summary>Sharded files as written by ColossalAI (for early Open-Sora), DeepSpeed and transformers.</summary>
    [Theory]
    [InlineData("model", "pytorch_model.bin.index.json")]
    [InlineData("global_step10", "mp_rank_00_model_states.pt")]
    [InlineData("", "model.safetensors.index.json")]
    public void Sharded_weights_are_refused_with_instructions_to_merge_them(string below, string name)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder.File("parts", below)).FullName, name);
        File.WriteAllText(path, "{}");
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("parts"), Config));
        Assert.Equal("TinySora.Checkpoint.InParts", error.Id);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("torch.save(", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Learned_text_encoder_must_be_in_the_file()
    {
        Write(Source, Checkpoint(3));
        Refused(Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.Learned }), "TinySora.Checkpoint.NoLearnedEncoder");
    }

    [Fact]
    public void Learned_text_encoder_that_an_export_omits_is_explained()
    {
        using var run = new TinyRun();
        run.Train(request => request with { MaxSteps = 1 });
        CheckpointExport.Write(CheckpointStore.Latest(run.Results).Path, run.File("flat.pt"), ExportFormat.PyTorch, form: PublishedForm.StateDict);
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(run.File("flat.pt"), TinyRun.Config));
        Assert.Equal("TinySora.Checkpoint.NoLearnedEncoder", error.Id);
        Assert.Contains("Export-TinySoraCheckpoint -Form Checkpoint", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Imported_checkpoint_resumes_training_with_new_optimizer_moments()
    {
        using var run = new TinyRun();
        var config = Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.None });
        Write(Source, Checkpoint(20, config, condDim: null));
        TrainingResult Train(string results, int steps) => run.Train(r => r with { Config = config, ResultsPath = results, MaxSteps = steps });

        Import(config);
        var straight = Train(Results, 24);
        Assert.Contains(run.Observer.Warnings, w => w.Contains("no optimizer state", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Observer.Warnings, w => w.Contains("dataset has changed", StringComparison.Ordinal));
        using (var import = CheckpointImport.Open(Source, config))
        {
            import.Save(folder.File("stopped"));
        }

        Train(folder.File("stopped"), 22);
        var stopped = Train(folder.File("stopped"), 24);

        Assert.Equal(24, straight.Step);
        Assert.DoesNotContain(run.Observer.Warnings, w => w.Contains("no optimizer state", StringComparison.Ordinal));
        Assert.Equal(Tensors(straight.Checkpoint), Tensors(stopped.Checkpoint));
        Assert.NotEqual(Tensors(Source)["model.denoise_fn.init_conv.weight"], Tensors(straight.Checkpoint)["model.denoise_fn.init_conv.weight"]);
    }

    [Fact]
    public void Imported_checkpoint_generates_videos_and_initializes_another_training()
    {
        using var run = new TinyRun();
        GoldenBert.CopyTo(folder.File("bert"));
        var config = Config.With(model: Config.Model with { TextEncoderPath = folder.File("bert") });
        Write(Source, Checkpoint(20, config, condDim: 8));
        var imported = Import(config);

        using var generator = VideoGenerator.Open(imported.Path, "cpu");
        Assert.Single(generator.Generate(new GenerationRequest { Prompt = "a red circle", OutputPath = folder.File("out") }));

        var tuned = run.Train(r => r with { Config = config, MaxSteps = 1, InitialCheckpoint = imported.Path });
        Assert.Equal(1, tuned.Step);
    }

    private CheckpointInfo Import(RunConfig config)
    {
        using var import = CheckpointImport.Open(Source, config);
        var saved = import.Save(Results);
        Assert.Equal(import.TargetPath(Results), saved.Path);
        Assert.True(CheckpointStore.Latest(Results).IsReadable);
        return saved;
    }

    private TinySoraException Refused(RunConfig config, string id)
    {
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(Source, config));
        Assert.Equal(id, error.Id);
        return error;
    }
}

using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Generation;
using TinySora.Engine.Models;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Whole runs of small students over latents of a small autoencoder and over pixels.</summary>
public sealed class TeacherTests : VideoRuns
{
    private const string Codec = """
        family: video-autoencoder
        model: { network_variant: s1x4x4_kl, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 2, seed: 1 }
        """;

    private const string Network = "architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 2";

    public TeacherTests()
    {
        Run("codec", ConfigFile.Parse(Codec, "codec"), null);
        Run("teacher", Config(isStudent: false), null);
    }

    [Fact]
    public void Student_and_critic_start_from_the_teachers_averaged_weights_vocabulary_and_normalization()
    {
        Run("still", Config(more: "train_lr: 1.0e-30"), 1);
        var (student, teacher) = (Tensors("still"), Tensors("teacher"));
        var networks = teacher.Where(item => item.Key.StartsWith("ema.", StringComparison.Ordinal)).ToList();
        Assert.Contains(networks, item => item.Key.StartsWith("ema.text.", StringComparison.Ordinal));
        Assert.All(networks, item =>
        {
            var name = item.Key["ema.".Length..];
            Assert.Equal(item.Value, student[$"model.{name}"]);
            if (name.StartsWith("network.", StringComparison.Ordinal))
            {
                Assert.Equal(item.Value, student[$"model.critic.{name["network.".Length..]}"]);
            }
        });
        Assert.Equal(teacher["model.latent_mean"], student["model.latent_mean"]);
        Assert.NotEqual(0, student["model.latent_mean"][0]);
    }

    [Fact]
    public void Critic_trains_in_every_step_and_student_in_every_second_step()
    {
        Run("run", Config(), 3);
        var steps = Enumerable.Range(1, 3).Select(step =>
        {
            using var checkpoint = Checkpoint.Open(folder.File("run", $"step-{step:D8}.safetensors"));
            return checkpoint.File.Entries.Keys.Where(name => name.StartsWith("model.", StringComparison.Ordinal)).ToDictionary(
                name => name, name => Convert.ToHexString(checkpoint.File.Read(name).bytes.ToArray()));
        }).ToList();
        Assert.Equal((false, true), Moved(0, 1));
        Assert.Equal((true, true), Moved(1, 2));

        (bool Student, bool Critic) Moved(int from, int to)
        {
            var moved = steps[to].Where(item => steps[from][item.Key] != item.Value).Select(item => item.Key).ToList();
            return (moved.Exists(name => !name.StartsWith("model.critic.", StringComparison.Ordinal)),
                moved.Exists(name => name.StartsWith("model.critic.", StringComparison.Ordinal)));
        }
    }

    /// <summary>Gradients flow through the teacher to the student's clip; gradients of the teacher's own weights would be wasted work.</summary>
    [Fact]
    public void Teacher_weights_require_no_gradients()
    {
        using var teacher = TeacherModel.Open(Config().Of<LatentTransformerConfig>(), TorchSharp.torch.CPU);
        Assert.All(teacher.Task.Model.parameters(), parameter => Assert.False(parameter.requires_grad));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Resumed_run_equals_an_uninterrupted_one(bool overLatents)
    {
        Run("own", Config(isStudent: false, overLatents: overLatents), null);
        var config = Config(overLatents: overLatents, teacher: "own");
        Run("whole", config, null);
        Run("parts", config, 2);
        Run("parts", config, 5);
        Run("parts", config, null);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    /// <summary>An export has no critic, and the hash of the student stays the same.</summary>
    [Fact]
    public void Student_generates_in_one_step_without_its_teacher_also_after_export()
    {
        Run("run", Config(), null);
        Directory.Delete(folder.File("teacher"), recursive: true);
        var checkpoint = CheckpointStore.Latest(folder.File("run")).Path;
        CheckpointExport.Write(checkpoint, folder.File("exported.safetensors"), ExportFormat.Safetensors);
        CheckpointExport.Write(checkpoint, folder.File("exported.pt"), ExportFormat.PyTorch);
        CheckpointExport.Write(checkpoint, folder.File("exported.onnx"), ExportFormat.Onnx);
        using var import = CheckpointImport.Open(folder.File("exported.pt"), Config(), keepOwn: true);
        var (expected, hash) = Make(checkpoint);
        Assert.Equal((expected, hash), Make(folder.File("exported.safetensors")));
        Assert.Equal(expected, Make(import.Save(folder.File("imported")).Path).Pixels);
        using (var exported = Checkpoint.Open(folder.File("exported.safetensors")))
        {
            Assert.DoesNotContain(exported.File.Entries.Keys, name => name.Contains("critic", StringComparison.Ordinal));
        }

        (string Pixels, string Hash) Make(string path)
        {
            using var generator = VideoGenerator.Open(path, "cpu");
            var (clip, plan) = Assert.Single(generator.Sample([new ClipPrompt(1) { Text = "a red circle" }], new Dictionary<string, object>()));
            using var model = LoadedModel.Open(path, "cpu");
            return (Convert.ToHexString(clip.Pixels), model.Hash);
        }
    }

    [Fact]
    public void Imported_student_trains_with_a_new_critic()
    {
        Run("run", Config(), 2);
        CheckpointExport.Write(CheckpointStore.Latest(folder.File("run")).Path, folder.File("exported.safetensors"), ExportFormat.Safetensors);
        Directory.CreateDirectory(folder.File("again"));
        File.Copy(folder.File("exported.safetensors"), folder.File("again", "step-00000002.safetensors"));
        Run("again", Config(), 3);
        Assert.Equal(3, CheckpointStore.Latest(folder.File("again")).Step);
    }

    [Fact]
    public void Adapter_for_a_student_is_refused()
    {
        Run("run", Config(), 1);
        var error = Assert.Throws<TinySoraException>(() => TrainingSession.Run(
            new()
            {
                Config = Config(), DataPath = folder.File("data"), ResultsPath = folder.File("adapter"), Device = "cpu", Adapter = "cat",
                InitialCheckpoint = folder.File("run"),
            },
            new RecordingObserver(), CancellationToken.None));
        Assert.Equal("TinySora.Adapter.BaseIsDistilled", error.Id);
    }

    [Fact]
    public void FLOPs_include_those_of_the_teacher()
    {
        Run("run", Config(), 2);
        var teacher = CheckpointStore.Latest(folder.File("teacher")).Tflop!.Value;
        Assert.True(MetricsFile.Read(folder.File("run"))[0].Tflop > teacher);
        Assert.True(MetricsFile.Read(folder.File("teacher"))[^1].Tflop == teacher);
    }

    [Fact]
    public void Unfinished_autoencoder_or_teacher_causes_a_warning()
    {
        var observer = new RecordingObserver();
        Run("whole", Config(), 1, observer);
        Assert.DoesNotContain(observer.Warnings, IsOfTheEnd);

        Run("half", ConfigFile.Parse(Codec, "codec"), 1);
        Run("begun", Config(isStudent: false, codec: "half"), 1, observer);
        Assert.Contains("half", Assert.Single(observer.Warnings, IsOfTheEnd), StringComparison.Ordinal);

        Run("student", Config(codec: "half", teacher: "begun"), 1, observer);
        Assert.Contains("begun", observer.Warnings.Last(IsOfTheEnd), StringComparison.Ordinal);

        static bool IsOfTheEnd(string warning) => warning.Contains("not fully trained: 1 of", StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_teacher_is_an_error_on_start_and_on_resume()
    {
        Run("run", Config(), 2);
        Directory.Move(folder.File("teacher"), folder.File("moved"));
        Assert.Equal("TinySora.Model.TeacherMissing", Assert.Throws<TinySoraException>(() => Run("new", Config(), 2)).Id);
        Assert.Equal("TinySora.Model.TeacherMissing", Assert.Throws<TinySoraException>(() => Run("run", Config(), 4)).Id);
        Run("run", Config(teacher: "moved"), 4);
    }

    [Fact]
    public void Incompatible_or_changed_teacher_is_refused()
    {
        Assert.Contains("model.hidden_size: 16 in the checkpoint, 32 in this configuration", Refused(() => Run("wide", Config(network: Network.Replace("16", "32", StringComparison.Ordinal)), 1)), StringComparison.Ordinal);
        Assert.Contains("diffusion.noise_shift", Refused(() => Run("shifted", Config(diffusion: "noise_shift: 2"), 1)), StringComparison.Ordinal);
        Assert.Contains("latents.codec", Refused(() => Run("pixels", Config(overLatents: false), 1)), StringComparison.Ordinal);
        Assert.Contains("family", Refused(() => Run("codecs", Config(teacher: "codec"), 1)), StringComparison.Ordinal);

        Run("run", Config(), 2);
        Run("other", Config(isStudent: false, more: "seed: 8"), null);
        Assert.Contains("started with", Refused(() => Run("run", Config(teacher: "other"), 4)), StringComparison.Ordinal);

        static string Refused(Action run)
        {
            var error = Assert.Throws<TinySoraException>(run);
            Assert.Equal("TinySora.Model.OtherTeacher", error.Id);
            return error.Message;
        }
    }

    [Fact]
    public void Student_resumes_with_a_new_decoder_for_the_same_latents()
    {
        Run("run", Config(), 2);
        Run("decoder", ConfigFile.Parse($"{Codec}\nloss: {{ decoder_only: true }}\n", "codec"), null, initial: "codec");
        Directory.Delete(folder.File("codec"), recursive: true);
        Directory.Move(folder.File("decoder"), folder.File("codec"));
        Run("run", Config(), 4);
        Assert.Equal(4, CheckpointStore.Latest(folder.File("run")).Step);
    }

    /// <summary>Given weights replace the teacher's as the starting point, critic included; without a critic, the critic starts as the teacher.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Student_can_start_from_the_weights_of_another(bool isExported)
    {
        Run("run", Config(), null);
        var initial = CheckpointStore.Latest(folder.File("run")).Path;
        if (isExported)
        {
            CheckpointExport.Write(initial, folder.File("exported.safetensors"), ExportFormat.Safetensors);
        }

        Run("tuned", Config(more: "train_lr: 1.0e-30"), 1, initial: isExported ? "exported.safetensors" : initial);
        var (run, teacher, tuned) = (Tensors("run"), Tensors("teacher"), Tensors("tuned"));
        const string Weight = "final_layer.linear.weight";
        Assert.Equal(run[$"ema.network.{Weight}"], tuned[$"model.network.{Weight}"]);
        Assert.Equal(isExported ? teacher[$"ema.network.{Weight}"] : run[$"ema.critic.{Weight}"], tuned[$"model.critic.{Weight}"]);
    }

    [Fact]
    public void Teacher_and_start_weights_over_different_latents_are_refused()
    {
        Run("run", Config(), 1);
        Run("codec2", ConfigFile.Parse(Codec.Replace("seed: 1", "seed: 2", StringComparison.Ordinal), "codec"), null);
        Run("teacher2", Config(isStudent: false, codec: "codec2"), 1);
        var request = new TrainingRequest
        {
            Config = Config(teacher: "teacher2"), DataPath = folder.File("data"), ResultsPath = folder.File("tuned"), Device = "cpu", MaxSteps = 1,
            InitialCheckpoint = CheckpointStore.Latest(folder.File("run")).Path,
        };
        var error = Assert.Throws<TinySoraException>(() => TrainingSession.Run(request, new RecordingObserver(), CancellationToken.None));
        Assert.Equal("TinySora.Model.OtherTeacher", error.Id);
        Assert.Contains("latents.codec", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            "TinySora.Model.OtherCodec", Assert.Throws<TinySoraException>(() => Run("new", Config(teacher: "teacher2"), 1)).Id);
    }

    [Theory]
    [InlineData("objective: noise", "learn_sigma: false")]
    [InlineData("objective: x0", "learn_sigma: true")]
    public void Configuration_without_one_step_sampling_cannot_be_distilled(string objective, string sigma)
    {
        var config = Config();
        var text = ConfigFile.ToYaml(config).Replace("objective: \"x0\"", objective, StringComparison.Ordinal).Replace("learn_sigma: false", sigma, StringComparison.Ordinal);
        Assert.Contains("diffusion.teacher", Assert.Throws<TinySoraException>(() => ConfigFile.Parse(text, "student")).Message, StringComparison.Ordinal);
    }

    private RunConfig Config(
        bool isStudent = true, bool overLatents = true, string network = Network, string teacher = "teacher", string diffusion = "noise_shift: 4", string more = "",
        string codec = "codec") =>
        ConfigFile.Parse(
            $$"""
            family: latent-transformer
            model: { {{network}}, conditioning: text }
            clip: { frames: 4, height: 16 }
            latents: { codec: {{(overLatents ? $"'{folder.File(codec)}'" : "''")}} }
            text: { width: 12 }
            diffusion:
              timesteps: 100
              objective: x0
              noise_schedule: cosine
              {{diffusion}}
              guidance_scale: {{(isStudent ? 1 : 2)}}
              sampling_steps: {{(isStudent ? 1 : 3)}}
              {{(isStudent ? $"teacher: '{folder.File(teacher)}'" : "")}}
            trainer:
              train_batch_size: 2
              train_num_steps: 7
              {{(more.Contains("train_lr", StringComparison.Ordinal) ? more : $"train_lr: 0.002\n  {more}")}}
              ema_decay: 0.5
              step_start_ema: 0
              update_ema_every: 1
              save_model_every: 1
              validate_every: 2
              keep_checkpoints: 0
              {{(more.Contains("seed", StringComparison.Ordinal) ? "" : "seed: 3")}}
            """, "tiny");
}

using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compatibility;

/// <summary>Writes the files that a release adds to tests/compat.</summary>
internal static class ReleaseWriter
{
    private const string Trainer = """
        trainer:
          { train_batch_size: 2, train_num_steps: 2, train_lr: 0.01, num_sample_rows: 0, step_start_ema: 0, update_ema_every: 1, seed: 1, track: false }

        """;

    /// <summary>Configurations with few keys; all others have the defaults of the release. ~ is the folder of the models; autoencoders come first.</summary>
    private static readonly (string Name, string Yaml)[] Configs =
    [
        ("vae", """
            family: video-autoencoder
            model: { network_variant: s1x4x4_kl, embedding_dim: 2, n_hiddens: 4, n_res_layers: 1 }
            clip: { frames: 4, height: 16 }

            """),
        ("fsq", """
            family: video-autoencoder
            model: { network_variant: s1x4x4_fsq, fsq_levels: [4, 4], n_hiddens: 4, n_res_layers: 1 }
            clip: { frames: 4, height: 16 }

            """),
        ("frames", """
            family: frame-autoencoder
            data: { height: 16, width: 16 }
            model:
              {
                frame_channels: 3, z_channels: 2, down_channels: [4, 4], mid_channels: [4], down_sample: [true], attn_down: [false], norm_channels: 4,
                num_heads: 2,
              }
            loss: { disc_weight: 0, perceptual_weight: 0 }

            """),
        ("pixels", """
            model: { dim: 8, dim_mults: [1], stem: 4, attn_heads: 1, attn_dim_head: 4, text_encoder: learned, cond_dim: 4, init_kernel_size: 3 }
            diffusion: { height: 16, frames: 4, timesteps: 10, sampler: ddim, sampling_steps: 4 }

            """),
        (ReleaseFiles.RunName, """
            family: latent-transformer
            model: { architecture: unet, conditioning: text }
            unet: { dim: 4, dim_mults: [1], stem: 4 }
            clip: { frames: 4, height: 16 }
            text: { encoder: learned, width: 4 }
            diffusion: { objective: v, sampler: ddim, sampling_steps: 4 }

            """),
        ("dit", """
            family: latent-transformer
            model: { architecture: dit, depth: 1, hidden_size: 8, num_heads: 2, patch_size: 2, conditioning: text }
            clip: { frames: 4, height: 16 }
            latents: { codec: ~/vae.safetensors }
            text: { encoder: learned, width: 4 }
            diffusion: { sampler: ddim, sampling_steps: 4 }

            """),
        ("gpt", """
            family: token-model
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 8, block_size: 64 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: ~/fsq.safetensors }
            text: { encoder: learned, width: 4 }

            """),
        ("mamba", """
            family: token-model
            model: { architecture: nanogpt-mamba, n_layer: 1, n_embd: 8, block_size: 64 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: ~/fsq.safetensors }
            text: { encoder: learned, width: 4 }

            """),
        ("masked", """
            family: token-model
            model: { architecture: masked, n_layer: 1, n_head: 1, n_embd: 8 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: ~/fsq.safetensors }
            text: { encoder: learned, width: 4 }

            """),
    ];

    public static void Write(ReleaseFiles files)
    {
        using var work = new TemporaryFolder();
        WriteClips(files);
        ReleaseFiles.CopyFolder(files.At("datasets", "drawn"), work.File("clips")); // training adds a cache
        foreach (var folder in (string[])["configs", "models", "videos"])
        {
            Directory.CreateDirectory(files.At(folder));
        }

        foreach (var (name, yaml) in Configs)
        {
            WriteModel(files, name, yaml + Trainer, work);
        }

        WriteAdapter(files, work);
        WriteLatents(files, work);
        File.WriteAllLines(files.At("facts.txt"), files.Facts());
    }

    private static void WriteClips(ReleaseFiles files)
    {
        var clips = DatasetWriter.Draw(files.At("datasets", "drawn"), DatasetKinds.Shapes, ReleaseFiles.Drawn).ToList();
        string At(string name) => files.At("datasets", "captions", name);
        foreach (var (clip, name) in clips.Zip(["a.gif", "below/b.gif"]))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.Copy(clip.Path, At(name));
        }

        CaptionFile.Write(At("a.gif"), ["a caption", "a second caption, größer 🚀"]);
        using (var vector = tensor([0.5f, -1, 2]))
        {
            NpyFile.Write(At("a.npy"), vector);
        }

        File.WriteAllText(At("table.csv"), "video,caption,start,duration\na.gif,\"one, two\",0,0.4\na.gif,three,0,0.4\nbelow/b.gif,four,,\n");
        File.WriteAllText(At("table.json"), """{"sentences": [{"video_id": "a", "caption": "one"}, {"video_id": "a", "caption": "two"}, {"video_id": "b", "caption": "three"}]}""");
        File.WriteAllText(At("table.jsonl"), "{\"file\": \"a.gif\", \"captions\": [\"one\", \"two\"]}\n{\"file\": \"below/b.gif\", \"caption\": \"three\"}\n");
    }

    /// <summary>Writes a configuration, a model that was trained with it for two steps, and the output of the model.</summary>
    private static void WriteModel(ReleaseFiles files, string name, string yaml, TemporaryFolder work)
    {
        File.WriteAllText(files.At("configs", $"{name}.yaml"), yaml);
        File.WriteAllText(files.At("configs", $"{name}.all-keys.yaml"), ConfigFile.ToYaml(ConfigFile.Parse(yaml, name)));
        var models = files.At("models").Replace('\\', '/');
        ReleaseFiles.Train(ConfigFile.Parse(yaml.Replace("~", models, StringComparison.Ordinal), name), work.File("clips"), work.File(name));
        var checkpoint = CheckpointStore.Latest(work.File(name)).Path;
        CheckpointExport.Write(checkpoint, files.ModelPath(name), ExportFormat.Safetensors);
        if (name == ReleaseFiles.RunName)
        {
            Directory.CreateDirectory(files.At("run"));
            File.Copy(checkpoint, files.At("run", Path.GetFileName(checkpoint)));
            File.Copy(work.File(name, "config.yaml"), files.At("run", "config.yaml"));
        }

        RemovePath(files.ModelPath(name), models + "/");
        if (CodecModel.IsIn(CheckpointStore.Latest(files.ModelPath(name))))
        {
            ClipFile.Write(files.At("videos", $"{name}.png"), files.Reconstruct(name));
            return;
        }

        using var generator = VideoGenerator.Open(files.ModelPath(name), "cpu");
        foreach (var extension in name == ReleaseFiles.RunName ? (string[])["png", "gif"] : ["png"])
        {
            Assert.Single(RequestBatcher.Generate(generator, ReleaseFiles.Request(files.At("videos", $"{name}.{extension}"))));
        }
    }

    /// <summary>Writes an adapter for a model, and the output of the model with the adapter.</summary>
    private static void WriteAdapter(ReleaseFiles files, TemporaryFolder work)
    {
        var model = files.ModelPath(ReleaseFiles.RunName);
        var config = ConfigFile.Load(files.At("configs", $"{ReleaseFiles.RunName}.yaml"));
        ReleaseFiles.Train(config, work.File("clips"), work.File("adapter"), adapterFor: model);
        Directory.CreateDirectory(Path.GetDirectoryName(files.AdapterPath)!);
        File.Copy(work.File("adapter", AdapterInfo.FileName), files.AdapterPath);
        using var generator = VideoGenerator.Open(model, "cpu", adapters: [new AppliedAdapter(files.AdapterPath, 1)]);
        Assert.Single(RequestBatcher.Generate(generator, ReleaseFiles.Request(Path.ChangeExtension(files.AdapterPath, ".png"))));
    }

    /// <summary>Removes the path of the models' folder from a checkpoint, so that the autoencoder is found next to the checkpoint.</summary>
    private static void RemovePath(string checkpoint, string folder)
    {
        var bytes = File.ReadAllBytes(checkpoint);
        var start = sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes[sizeof(long)..start]).Replace(folder, "", StringComparison.Ordinal));
        var length = new byte[sizeof(long)];
        Array.Resize(ref header, (header.Length + 7) / 8 * 8);
        header.AsSpan().Replace((byte)0, (byte)' '); // the padding of the format
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(checkpoint, [.. length, .. header, .. bytes[start..]]);
    }

    private static void WriteLatents(ReleaseFiles files, TemporaryFolder work)
    {
        using var vae = CodecModel.Open(files.ModelPath("vae"), "cpu");
        using var fsq = CodecModel.Open(files.ModelPath("fsq"), "cpu");
        foreach (var (folder, model, format) in new[]
            { ("latents", vae, LatentFormat.Npy), ("latents-per-video", vae, LatentFormat.PerVideo), ("tokens", fsq, LatentFormat.Npy) })
        {
            var options = new LatentExportOptions
            {
                DataPath = work.File("clips"), OutputPath = files.At("datasets", folder), Format = format, Tokens = model == fsq,
            };
            Assert.NotEmpty(LatentExport.Write(model, options, skipped => Assert.Fail($"{skipped}")).ToList());
        }

        ClipTextEncoderTests.CopyTo(work.File("clip"));
        var arrow = new ArrowExportOptions
        {
            CaptionPath = files.At("datasets", "captions", "table.jsonl"), VideoPath = files.At("datasets", "captions"), OutputPath = files.At("datasets", "arrow"),
            TextEncoderPath = work.File("clip"), Parts = 1, Tokens = VideoTokenizer.Of(fsq, 16, 1), Device = "cpu",
        };
        Assert.Single(ArrowExport.Write(arrow, new ImportReport(skipped => Assert.Fail($"{skipped}"), Assert.Fail)));
        Directory.Delete(files.At("datasets", "arrow", ".tinysora"), recursive: true); // contains paths of this machine
    }
}

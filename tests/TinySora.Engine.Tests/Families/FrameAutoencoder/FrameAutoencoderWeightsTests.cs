using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>State dicts as the tutorial's code saves them, with weights made for the tests, because published files are not available here.</summary>
public sealed class FrameAutoencoderWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <param name="prefix">Prefix that DistributedDataParallel puts before the names of both networks.</param>
    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void Both_state_dicts_import_and_encode_the_same(string prefix)
    {
        using var scope = NewDisposeScope();
        var config = FrameTesting.Config(FrameTesting.Judged);
        using var vae = FrameTesting.Filled(new FrameVae(config.Of<FrameAutoencoderConfig>().Family.Model));
        using var judge = FrameTesting.Filled(new PatchDiscriminator(1));
        Write("vae_autoencoder_ckpt.pth", vae, prefix);
        Write("vae_discriminator_ckpt.pth", judge, prefix);

        using (var import = CheckpointImport.Open(folder.File("vae_autoencoder_ckpt.pth"), config))
        {
            Assert.Empty(import.Warnings);
            import.Save(folder.File("run"));
        }

        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        Assert.True(file.Tensors["model.discriminator.layers.1.1.weight"].Read().allclose(judge.state_dict()["layers.1.1.weight"]));
        using var model = CodecModel.Open(folder.File("run"), "cpu");
        var clips = rand([2, 1, 3, 16, 24]);
        var expected = new Posterior(vae.Encode(FrameCodec.ToNetwork(clips))).Mean.permute(0, 4, 1, 2, 3);
        Assert.True(model.Encode(clips).allclose(expected, 1e-4, 1e-5));
    }

    [Fact]
    public void Missing_discriminator_file_starts_a_new_one_with_a_warning_and_other_models_are_refused()
    {
        using var scope = NewDisposeScope();
        var config = FrameTesting.Config(FrameTesting.Judged);
        using var vae = FrameTesting.Filled(new FrameVae(config.Of<FrameAutoencoderConfig>().Family.Model));
        Write("vae_autoencoder_ckpt.pth", vae);
        using (var import = CheckpointImport.Open(folder.File("vae_autoencoder_ckpt.pth"), config))
        {
            Assert.Contains("vae_discriminator_ckpt.pth", Assert.Single(import.Warnings), StringComparison.Ordinal);
        }

        using var judge = new PatchDiscriminator(3);
        Write("vae_discriminator_ckpt.pth", judge);
        Clips.Fails("TinySora.Checkpoint.OtherModel", () => CheckpointImport.Open(folder.File("vae_autoencoder_ckpt.pth"), config));
        Clips.Fails("TinySora.Checkpoint.OtherModel", () => CheckpointImport.Open(folder.File("vae_discriminator_ckpt.pth"), config));
    }

    [Fact]
    public void Both_networks_export_and_import_under_their_published_names()
    {
        using var scope = NewDisposeScope();
        var config = FrameTesting.Config(FrameTesting.Judged);
        using var vae = FrameTesting.Filled(new FrameVae(config.Of<FrameAutoencoderConfig>().Family.Model));
        using var judge = FrameTesting.Filled(new PatchDiscriminator(1));
        Write("vae_autoencoder_ckpt.pth", vae);
        Write("vae_discriminator_ckpt.pth", judge);
        using (var import = CheckpointImport.Open(folder.File("vae_autoencoder_ckpt.pth"), config))
        {
            import.Save(folder.File("run"));
        }

        var checkpoint = CheckpointStore.Latest(folder.File("run")).Path;
        Directory.CreateDirectory(folder.File("other")); // in a folder without the discriminator's file
        var published = vae.state_dict().Concat(judge.state_dict()).ToDictionary();
        foreach (var (name, prefix, format) in new[] { ("out.safetensors", "", ExportFormat.Safetensors), ("out.pt", "ema.", ExportFormat.PyTorch) })
        {
            CheckpointExport.Write(checkpoint, folder.File("other", name), format);
            using var file = TensorFile.Open(folder.File("other", name));
            var weights = file.Tensors.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);
            Assert.Equal(published.Keys.Order(StringComparer.Ordinal), weights.Keys.Order(StringComparer.Ordinal));
            Assert.All(published, item => Assert.True(weights[item.Key].Read().allclose(item.Value, 0, 0), item.Key));
            using var import = CheckpointImport.Open(folder.File("other", name), config);
            Assert.Empty(import.Warnings);
            import.Save(folder.File(format.ToString()));
            using var model = CodecModel.Open(folder.File(format.ToString()), "cpu");
            Assert.Equal(2, model.Codec.Channels);
        }
    }

    private void Write(string name, nn.Module module, string prefix = "") => PyTorchFile.Write(
        folder.File(name),
        module.state_dict().ToDictionary(item => prefix + item.Key, item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, item.Value.clone)));
}

using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Cost;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>A model that is too large for any machine is refused, naming the key, before memory is allocated.</summary>
public sealed class ModelSizeTests
{
    // The layers that precede the oversized one in the first case are narrow, because they are created.
    [Theory]
    [InlineData("model: { dim: 1000000, init_kernel_size: 1, attn_heads: 1, attn_dim_head: 8, text_encoder: none }", "model.dim")]
    [InlineData("model: { dim: 2147483646, text_encoder: none }", "model.dim")]
    [InlineData("model: { dim_mults: [1, 2, 1000000], text_encoder: none }\ndiffusion: { height: 64 }", "model.dim_mults")]
    [InlineData("family: video-autoencoder\nmodel: { network_variant: s4t4_b_vq, embedding_dim: 1000000000 }", "model.embedding_dim")]
    [InlineData("family: frame-autoencoder\nmodel: { down_channels: [32, 64, 320000000], mid_channels: [320000000, 320000000] }", "model.down_channels")]
    public void Too_large_model_names_its_key_and_bytes(string text, string key)
    {
        var config = ConfigFile.Parse(text, "huge");
        var error = Assert.Throws<TinySoraException>(() => EngineThread.Run(() =>
        {
            var (own, examples) = TrainingMeter.Synthetic(config);
            using var data = examples;
            ModelFamilies.Of(own).Create(own, data, CPU).Dispose();
        }));
        Assert.Equal(("TinySora.Model.TooLarge", key), (error.Id, error.Target));
        Assert.Matches(@" take at least [\d,]+\.\d GB, ", error.Message);
    }

    [Fact]
    public void Training_counts_more_memory_than_the_weights() => Assert.Equal(
        "TinySora.Model.TooLarge", Assert.Throws<TinySoraException>(() => ModelSize.CheckState(new RunConfig(), long.MaxValue)).Id);
}

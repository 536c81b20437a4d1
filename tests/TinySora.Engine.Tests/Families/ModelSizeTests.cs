using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Cost;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>A model that no machine holds is refused by name before memory is taken for it.</summary>
public sealed class ModelSizeTests
{
    // The first one's layers before that which is too large are narrow: they are made.
    [Theory]
    [InlineData("model: { dim: 1000000, init_kernel_size: 1, attn_heads: 1, attn_dim_head: 8, text_encoder: none }", "model.dim")]
    [InlineData("model: { dim: 2147483646, text_encoder: none }", "model.dim")]
    [InlineData("model: { dim_mults: [1, 2, 1000000], text_encoder: none }\ndiffusion: { height: 64 }", "model.dim_mults")]
    [InlineData("family: video-autoencoder\nmodel: { network_variant: s4t4_b_vq, embedding_dim: 1000000000 }", "model.embedding_dim")]
    [InlineData("family: frame-autoencoder\nmodel: { down_channels: [32, 64, 320000000], mid_channels: [320000000, 320000000] }", "model.down_channels")]
    public void Key_and_bytes_are_named(string text, string key)
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
    public void Training_adds_what_the_weights_alone_would_leave_room_for() => Assert.Equal(
        "TinySora.Model.TooLarge", Assert.Throws<TinySoraException>(() => ModelSize.CheckState(new RunConfig(), long.MaxValue)).Id);
}

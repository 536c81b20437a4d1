using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class CodecModelTests
{
    [Fact]
    public void Checkpoint_is_opened_and_identified_by_its_content()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        Assert.Equal(64, model.Hash.Length);
        Assert.Equal(model.Hash[..12].ToLowerInvariant(), model.Id);
        File.Copy(model.Checkpoint.Path, toy.File("renamed.safetensors"));
        using var renamed = CodecModel.Open(toy.File("renamed.safetensors"), "cpu");
        Assert.Equal(model.Hash, renamed.Hash);
        using var other = new ToyCodec(seed: 2);
        using var otherModel = other.Open();
        Assert.NotEqual(model.Hash, otherModel.Hash);
    }

    [Fact]
    public void Model_that_is_not_an_autoencoder_is_refused()
    {
        using var run = new TinyRun();
        run.Train();
        var error = Assert.Throws<TinySoraException>(() => CodecModel.Open(run.Results, "cpu"));
        Assert.Equal("TinySora.Latent.NoCodec", error.Id);
        Assert.Contains("pixel-unet", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_are_those_of_training_or_requested_multiples_of_the_stride()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        Assert.Equal((4, 16, 16), Sizes(null, null, null));
        Assert.Equal((2, 8, 8), Sizes(2, 8, null));
        Assert.Equal((4, 8, 12), Sizes(null, 8, 12));
        var error = Assert.Throws<TinySoraException>(() => Sizes(3, null, null));
        Assert.Equal("TinySora.Model.NotDivisible", error.Id);
        Assert.Contains("2 or 4", error.Advice, StringComparison.Ordinal);
        Assert.Contains("20 or 24", Assert.Throws<TinySoraException>(() => Sizes(4, 16, 21)).Advice, StringComparison.Ordinal);

        (int, int, int) Sizes(int? frames, int? height, int? width) => model.ShapeOf(frames, height, width) is var shape
            ? (shape.Frames, shape.Height, shape.Width) : default;
    }

    [Fact]
    public void Model_of_single_frames_processes_long_clips_in_pieces()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized, frames: 1);
        using var model = toy.Open();
        using var scope = NewDisposeScope();
        var clip = rand([1, 3, 37, 16, 16]);
        Assert.True(model.TakesSingleFrames);
        Assert.Equal(ClipReader.AllFrames, model.ShapeOf(null, null, null).Frames);
        Assert.True(model.Tokens(clip).eq(model.Codec.Tokens(clip)).all().item<bool>());
        Assert.True(model.Encode(clip).eq(model.Codec.Encode(clip)).all().item<bool>());
        Assert.True(model.Decode(model.Encode(clip)).eq(model.Codec.Decode(model.Codec.Encode(clip))).all().item<bool>());
    }
}

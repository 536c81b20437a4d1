using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.Toy;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class VideoTokenizerTests
{
    [Fact]
    public void Remainder_that_the_stride_does_not_divide_is_cut_at_the_end()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();

        // Five frames of 14 rows and 10 columns: of every four rows the first is red, the third green, and the others black.
        var clip = Clip.Black(5, 14, 10, 3);
        for (var i = 0; i < clip.Pixels.Length / 3; i++)
        {
            var row = i / 10 % 14 / 4;
            clip.Pixels[(i * 3) + (row == 0 ? 0 : 1)] = (byte)(row is 0 or 2 ? 255 : 0);
        }

        ClipFile.Write(toy.File("film.gif"), clip);
        var tokens = VideoTokenizer.Of(model, null, 1).Encode(toy.File("film.gif"), CancellationToken.None);
        Assert.Equal([2, 3, 2], tokens.shape);
        Assert.Equal([1, 1, 0, 0, 2, 2, 1, 1, 0, 0, 2, 2], tokens.data<long>().ToArray());
        Assert.Equal([1, 3, 2], VideoTokenizer.Of(model, null, 2).Encode(toy.File("film.gif"), CancellationToken.None).shape);
        Assert.Equal([2, 2, 2], VideoTokenizer.Of(model, 8, 1).Encode(toy.File("film.gif"), CancellationToken.None).shape);
        var error = Assert.Throws<TinySoraException>(() => VideoTokenizer.Of(model, null, 5).Encode(toy.File("film.gif"), CancellationToken.None));
        Assert.Equal("TinySora.Latent.TooShort", error.Id);

        ClipFile.Write(toy.File("low.gif"), Clip.Black(5, 3, 10, 3));
        error = Assert.Throws<TinySoraException>(() => VideoTokenizer.Of(model, null, 1).Encode(toy.File("low.gif"), CancellationToken.None));
        Assert.Equal("TinySora.Latent.TooSmall", error.Id);
        Assert.Contains("3 x 10; required: at least 4 x 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_without_codes_and_size_that_its_stride_does_not_divide_are_refused()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        Assert.Equal("TinySora.Latent.NoQuantizer", Assert.Throws<TinySoraException>(() => VideoTokenizer.Of(model, null, 1)).Id);
        using var quantized = new ToyCodec(ToyCodecKind.Quantized);
        using var quantizer = quantized.Open();
        Assert.Equal("TinySora.Model.NotDivisible", Assert.Throws<TinySoraException>(() => VideoTokenizer.Of(quantizer, 10, 1)).Id);
    }
}

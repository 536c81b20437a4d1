using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>The U-Net as an ONNX graph, with random weights.</summary>
public sealed class UNetGraphTests
{
    private static readonly ModelConfig Small = new() { Dim = 8, DimMults = [1, 2], AttnHeads = 2, AttnDimHead = 8, InitKernelSize = 3 };

    [Fact]
    public void ONNX_graph_without_text_and_with_spatial_attention_at_every_level_is_equal()
    {
        using var scope = NewDisposeScope();
        var model = OnnxNetwork.Shaken(new TextToVideo(new UNet3D(Small with { InitDim = 12, InitKernelSize = 7 }), null));
        var (x, level) = (OnnxNetwork.Noise(1, 2, 3, 4, 8, 16), tensor(new long[] { 3, 900 }));
        OnnxNetwork.Equal(
            model, graph => model.Write(graph, x.shape[1..], null), [("x", x), ("level", level.to(ScalarType.Float32))],
            ("prediction", model.Predict(x, level, null, null)));
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 2)]
    [InlineData(true, true, 4)]
    public void ONNX_graph_with_vectors_is_equal_for_clips_with_and_without_a_vector(bool frameText, bool field, int stem)
    {
        using var scope = NewDisposeScope();
        var options = Small with { CondDim = 6, FrameTextCond = frameText, TextField = field, Stem = stem, UseSparseLinearAttn = false, AttnDimHead = 40 };
        var model = OnnxNetwork.Shaken(new TextToVideo(new UNet3D(options), null));
        var (x, level, vector) = (OnnxNetwork.Noise(2, 3, 3, 5, 16, 16), tensor(new long[] { 0, 7, 500 }), OnnxNetwork.Noise(3, 3, 6));
        var absent = tensor(new[] { false, true, false });
        OnnxNetwork.Equal(
            model, graph => model.Write(graph, x.shape[1..], 6),
            [("x", x), ("level", level.to(ScalarType.Float32)), ("vector", vector), ("absent", absent)],
            ("prediction", model.Predict(x, level, vector, absent)));
    }

    [Fact]
    public void ONNX_graph_with_its_own_text_encoder_is_equal_for_texts_of_any_length()
    {
        using var scope = NewDisposeScope();
        string[] captions = ["a red circle moving right", "a blue square growing, then a red one", ""];
        var tokenizer = WordTokenizer.FromCaptions(captions);
        var encoder = new LearnedTextEncoder(tokenizer, 12);
        var model = OnnxNetwork.Shaken(new TextToVideo(new UNet3D(Small with { CondDim = 12 }), encoder));
        var (x, level) = (OnnxNetwork.Noise(4, 3, 3, 2, 8, 8), tensor(new long[] { 1, 2, 3 }));
        var tokens = stack([.. captions.Select(caption => OnnxNetwork.Padded(tokenizer.Encode(caption)))]);
        var vectors = encoder.Encode([.. captions.Select(WeightedText.Literal)]);
        OnnxNetwork.Equal(
            model, graph => model.Write(graph, x.shape[1..], 12), [("x", x), ("level", level.to(ScalarType.Float32)), ("tokens", tokens)],
            ("prediction", model.Predict(x, level, vectors, tensor(new[] { false, false, true }))));
    }
}

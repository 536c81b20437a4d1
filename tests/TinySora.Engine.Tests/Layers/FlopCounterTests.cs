using System.Text.Json.Nodes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class FlopCounterTests
{
    public static TheoryData<string, ModelConfig> Networks => new()
    {
        { "default", new ModelConfig { CondDim = 768 } },
        { "sparse_off", new ModelConfig { Dim = 16, DimMults = [1, 2], InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 2 } },
        { "frame_text", new ModelConfig { Dim = 8, DimMults = [1, 2, 4], CondDim = 24, FrameTextCond = true, Stem = 2, AttnHeads = 2, AttnDimHead = 16 } },
        { "text_field", new ModelConfig { Dim = 8, DimMults = [1, 2], InitKernelSize = 3, CondDim = 24, TextField = true, AttnHeads = 2, AttnDimHead = 16 } },
    };

    /// <summary>Golden/flops.json counts the ATen calls of PyTorch (tests/reference/flops_reference.py); the numbers are exactly equal.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Forward_pass_of_the_network_has_the_FLOPs_counted_in_PyTorch(string name, ModelConfig options)
    {
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "flops.json")))![name]!;
        var (counted, parameters) = EngineThread.Run(() =>
        {
            using var network = new UNet3D(options);
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            var cond = options.CondDim is int width ? zeros([2, width]) : null;
            return (Count(() => network.forward(rand([2, 3, 5, 32, 32]), tensor([1f, 7f]), cond)), network.parameters().Sum(p => p.numel()));
        });

        Assert.Equal((long)golden["forward"]!, counted);
        Assert.Equal((long)golden["parameters"]!, parameters);
        // In the backward pass, each product needs two of its size, unless nothing before it is trained.
        Assert.InRange((double)golden["backward"]! / counted, 1.89, 2);
    }

    [Fact]
    public void Trained_text_encoder_counts_the_products_of_its_layers()
    {
        const long width = 8, words = 4;
        var counted = EngineThread.Run(() =>
        {
            using var encoder = new LearnedTextEncoder(WordTokenizer.FromCaptions(["a red circle moving"]), (int)width);
            using var scope = NewDisposeScope();
            return Count(() => encoder.Encode([WeightedText.Literal("a red circle moving")]));
        });

        // Two layers: 3 + 1 + 4 + 4 square matrices for each token, and each pair of tokens twice.
        Assert.Equal(2 * ((2 * words * 12 * width * width) + (4 * words * words * width)), counted);
    }

    [Fact]
    public void Frozen_text_encoder_counts_the_products_of_its_layers()
    {
        const long width = 8, hidden = 16, words = 5; // [CLS] a red circle [SEP]
        var counted = EngineThread.Run(() =>
        {
            using var encoder = BertEncoder.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "bert"), useCls: false, CPU);
            using var scope = NewDisposeScope();
            return Count(() => encoder.Encode([WeightedText.Literal("a red circle")]));
        });

        Assert.Equal(2 * ((2 * words * ((4 * width * width) + (2 * width * hidden))) + (4 * words * words * width)), counted);
    }

    internal static long Count(Action forward)
    {
        var before = FlopCounter.Count;
        forward();
        return FlopCounter.Count - before;
    }
}

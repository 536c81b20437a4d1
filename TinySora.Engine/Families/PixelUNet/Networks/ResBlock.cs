using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Sequential = TorchSharp.Modules.Sequential;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Two convolution blocks beside a skip; the conditioning vector scales and shifts the first one's channels.</summary>
public sealed class ResBlock : nn.Module
{
    private readonly Sequential? mlp;
    private readonly Block block1;
    private readonly Block block2;
    private readonly Conv? res_conv;

    /// <param name="condition">Width of the conditioning vector; null: none is taken.</param>
    public ResBlock(int inputs, int outputs, int? condition)
        : base(nameof(ResBlock))
    {
        mlp = condition is int width ? nn.Sequential(nn.SiLU(), new Linear(width, 2 * outputs)) : null;
        block1 = new Block(inputs, outputs);
        block2 = new Block(outputs, outputs);
        res_conv = inputs == outputs ? null : new Conv(inputs, outputs, kernel: 1);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, inputs).</param>
    /// <param name="condition">(B, 1 or F, width): the same for all frames, or one vector per frame.</param>
    /// <returns>(B, F, H, W, outputs), float32.</returns>
    public AnyTensor forward(AnyTensor x, AnyTensor? condition = null)
    {
        var skip = x;
        if (res_conv is not null)
        {
            x = x.Narrowed();
            skip = res_conv.forward(x);
        }

        var modulation = condition is null ? null : mlp?.forward(condition);                  // (B, 1 or F, 2 · outputs)
        return block2.forward(block1.forward(x, modulation), skip: skip.Widened());
    }

    private sealed class Block : nn.Module
    {
        private readonly Conv proj;
        private readonly ModulatedNormSilu norm;

        public Block(int inputs, int outputs)
            : base(nameof(Block))
        {
            proj = new Conv(inputs, outputs, kernel: 3, padding: 1);
            norm = new ModulatedNormSilu(outputs);
            RegisterComponents();
        }

        public AnyTensor forward(AnyTensor x, AnyTensor? modulation = null, AnyTensor? skip = null) => norm.forward(proj.forward(x), modulation, skip);
    }
}

using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>The sum x + mixer(norm(x)). It has two modules, because the original's names have a level for each: P.fn.norm, P.fn.fn.</summary>
public sealed class Residual<TMixer> : nn.Module
    where TMixer : nn.Module, IClipMixer
{
    private readonly PreNorm fn;

    public Residual(int channels, TMixer mixer)
        : base("Residual")
    {
        fn = new PreNorm(channels, mixer);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    public AnyTensor forward(AnyTensor x, FramePositions? positions = null) => x + fn.forward(x, positions);

    private sealed class PreNorm : nn.Module
    {
        private readonly TMixer fn;
        private readonly LayerNorm norm;

        public PreNorm(int channels, TMixer mixer)
            : base(nameof(PreNorm))
        {
            fn = mixer;
            norm = new LayerNorm(channels);
            RegisterComponents();
        }

        public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(norm.forward(x), positions);
    }
}

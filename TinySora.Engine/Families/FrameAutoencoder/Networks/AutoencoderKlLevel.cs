using TinySora.Engine.Layers;
using TorchSharp.Modules;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>Residual layers at one size, and the step to the next size behind them.</summary>
internal sealed class AutoencoderKlLevel : Layer
{
    private readonly ModuleList<AutoencoderKlResNet> resnets = new();
    private readonly ModuleList<AutoencoderKlStep>? downsamplers;
    private readonly ModuleList<AutoencoderKlStep>? upsamplers;

    /// <param name="halves">Height and width are halved afterwards.</param>
    /// <param name="doubles">Height and width are doubled afterwards.</param>
    public AutoencoderKlLevel(int groups, int inputs, int outputs, int layers, bool halves = false, bool doubles = false)
        : base(nameof(AutoencoderKlLevel))
    {
        for (var layer = 0; layer < layers; layer++)
        {
            resnets.Add(new AutoencoderKlResNet(groups, layer == 0 ? inputs : outputs, outputs));
        }

        // Zeros only behind the last row and column.
        downsamplers = halves ? new(new AutoencoderKlStep(outputs, new Axis(3, 2, 0, 1))) : null;
        upsamplers = doubles ? new(new AutoencoderKlStep(outputs, Axis.Symmetric(3, 1, 1))) : null;
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F, H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = resnets.Aggregate(input, (x, layer) => layer.forward(x));
        return downsamplers is not null ? downsamplers[0].forward(x)
            : upsamplers is not null ? upsamplers[0].forward(Doubled.Space(x))
            : x;
    }
}

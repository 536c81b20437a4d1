using TorchSharp.Modules;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// Spatial text conditioning: a map over frames, rows and columns, Σₖ aₖ(text)·φₖ(frame, row, column), that is added to the first features. In nearly pure
/// noise, only the text carries information, and 'moving left' and 'moving right' differ only in positions over time. The original architecture's scales
/// and shifts are the same at all positions, so they cannot express this difference.
/// </summary>
internal sealed class SpatialTextConditioning : nn.Module
{
    private const int WavesPerAxis = 5;

    private readonly Sequential place;
    private readonly Linear? text;
    private readonly Parameter output;

    /// <param name="condDim">Width of the text vector; <c>null</c> for a map that does not depend on text.</param>
    /// <param name="width">Number of functions φ.</param>
    /// <param name="channels">Channels of the features.</param>
    public SpatialTextConditioning(int? condDim, int width, int channels)
        : base(nameof(SpatialTextConditioning))
    {
        place = nn.Sequential(new Linear(3 * WavesPerAxis, width), nn.SiLU(), new Linear(width, width), nn.SiLU());
        text = condDim is int inputs ? new Linear(inputs, width) : null;
        output = WeightInitialization.Uniform(width, width, channels);
        RegisterComponents();
    }

    /// <param name="cond">Text vectors (B, condDim), with the null vector for missing texts; <c>null</c> if the model does not use text.</param>
    /// <param name="shape">Shape of the features, (B, F, H, W, channels).</param>
    /// <returns>(B or 1, F, H, W, channels).</returns>
    public AnyTensor forward(AnyTensor? cond, long[] shape, Device device)
    {
        var waves = Waves(shape[1], shape[2], shape[3], device);
        var functions = place.forward(cond?.Constant(waves) ?? waves).flatten(0, 2);                // (F·H·W, width)
        var weights = ((AnyTensor)output).ToComputeType();
        if (text is not null && cond is not null)
        {
            weights = text.forward(cond).unsqueeze(-1) * weights;                                   // (B, width, channels)
        }

        var field = functions.matmul(weights);                                                     // (B or 1, F·H·W, channels)
        FlopCounter.Add(field, 2 * functions.shape[1]);
        return field.reshape(-1, shape[1], shape[2], shape[3], shape[4]);
    }

    /// <returns>(F, H, W, 3·5): for each axis u from −1 to 1, u itself and sine and cosine of πu/2 and πu.</returns>
    private static Tensor Waves(long frames, long height, long width, Device device)
    {
        Tensor Along(long length, params long[] shape)
        {
            var u = linspace(-1, 1, length, ScalarType.Float32, device).view(shape);
            var (half, whole) = (u * (Math.PI / 2), u * Math.PI);
            return cat([u, half.sin(), half.cos(), whole.sin(), whole.cos()], -1).expand(frames, height, width, WavesPerAxis);
        }

        return cat([Along(frames, frames, 1, 1, 1), Along(height, 1, height, 1, 1), Along(width, 1, 1, width, 1)], -1);
    }
}

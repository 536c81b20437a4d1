using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>Convolutions with 3 x 3 and 2 x 2 kernels, computed by Winograd's algorithm (winograd.cpp).</summary>
internal sealed class WinogradOperation(long padding) : KernelOperation
{
    private static readonly NativeKernel Forward = new("winograd");
    private static readonly NativeKernel BackwardInput = new("winograd_backward_input");
    private static readonly NativeKernel BackwardWeight = new("winograd_backward_weight");

    private const long Side = 4; // of an output tile, in pixels
    private const long Panel = 16; // channels

    /// <summary>Maximum number of input channels for 2 x 2 kernels. With more channels, the savings do not make up for loading the inputs.</summary>
    public const long MaxInputsForTwoTaps = 512;

    /// <summary>Whether the kernel supports this convolution and is faster than libtorch.</summary>
    /// <inheritdoc cref="Kernels.Convolve"/>
    public static bool CanRun(Tensor x, Tensor weight, long stride, long padding) => CanRun(x.shape, weight.shape, stride, padding, x.dtype);

    /// <inheritdoc cref="CanRun(Tensor, Tensor, long, long)"/>
    public static bool CanRun(long[] x, long[] size, long stride, long padding, ScalarType type = ScalarType.Float32)
    {
        var taps = size[2];
        return size[3] == taps && stride == 1 && FillsPanels(size[0]) && FillsPanels(size[1])
            && ((taps == 3 && padding == 1) || (taps == 2 && padding <= 1 && size[1] <= MaxInputsForTwoTaps)) && IsFaster(x, taps, padding, type);
    }

    /// <summary>Whether outputs of this size fill the tiles well enough for Winograd's algorithm to be faster.</summary>
    public static bool FillsTiles(long height, long width, long taps)
    {
        var tiles = (height + Side - 1) / Side * ((width + Side - 1) / Side);
        return height * width * (taps == 3 ? 4 : 2) > tiles * Side * Side;
    }

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (x, weight, bias) = (ToContiguous(inputs[0]!), InChannelsLast(inputs[1]!), ToContiguous(inputs[2]!));
        var (size, taps) = (x.shape, weight.shape[2]);
        var result = empty([.. size[..^3], Results(size[^3], taps, padding), Results(size[^2], taps, padding), weight.shape[0]], x.dtype);
        Forward.Run([x, weight, bias, result], padding);
        Save(x, weight);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, weight, by) = (kept[0], kept[1], ToContiguous(gradient));
        var place = DirectGradients.FindDestination(weight);
        var ofWeight = place ?? empty_like(weight);
        var ofBias = empty(weight.shape[0]);
        BackwardWeight.Run([x, by, ofWeight, ofBias], padding);
        var ofX = Needs(0) ? empty_like(x) : null;
        if (ofX is not null)
        {
            BackwardInput.Run([by, weight, ofX], padding);
        }

        return [ofX, place is null ? ofWeight : null, ofBias];
    }

    /// <summary>Returns a weight of shape (O, I, h, w), stored in memory as (O, h, w, I).</summary>
    private static Tensor InChannelsLast(Tensor weight)
    {
        var (inputs, taps) = (weight.shape[1], weight.shape[2]);
        return weight.stride(1) == 1 && weight.stride(3) == inputs && weight.stride(2) == taps * inputs && weight.stride(0) == taps * taps * inputs
            ? weight : weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
    }

    private static long Results(long pixels, long taps, long padding) => pixels + (2 * padding) - taps + 1;

    /// <summary>Whether padding the channels to whole panels takes at most a quarter of the compute.</summary>
    private static bool FillsPanels(long channels) => (channels + Panel - 1) / Panel * Panel * 3 <= channels * 4;

    private static bool IsFaster(long[] size, long taps, long padding, ScalarType type)
    {
        // libtorch multiplies bfloat16 twice as fast, so for 2 x 2 kernels or a single panel of channels, the savings are too small.
        return FillsTiles(Results(size[^3], taps, padding), Results(size[^2], taps, padding), taps)
            && (type == ScalarType.Float32 || (taps == 3 && size[^1] > Panel));
    }
}

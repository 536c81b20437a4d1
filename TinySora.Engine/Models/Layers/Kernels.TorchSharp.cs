using static TorchSharp.torch;

namespace TinySora.Engine.Models.Layers;

/// <summary>TorchSharp takes no kernels of ours: everything is composed of its operators.</summary>
internal static class Kernels
{
    public static bool CanAttend(Tensor x, int headWidth) => false;

    public static Tensor Attend(Tensor qkv, FrameOrder order) => throw new NotSupportedException();

    public static bool CanAttendLinearly(Tensor x) => false;

    public static Tensor AttendLinearly(Tensor qkv, int heads) => throw new NotSupportedException();

    public static bool CanConvolve(Tensor x) => false;

    public static bool CanConvolve(Tensor x, Tensor weight, long stride, long padding) => false;

    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long stride, long padding) => throw new NotSupportedException();

    public static bool CanMultiply(Tensor x) => false;

    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias) => throw new NotSupportedException();

    public static IDisposable? FixedWeights() => null;

    public static bool CanNorm(Tensor x) => false;

    public static Tensor ChannelNorm(Tensor x, Tensor gain) => throw new NotSupportedException();

    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor? shift) => throw new NotSupportedException();

    public static bool CanOptimize(Tensor values) => false;

    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor) =>
        throw new NotSupportedException();

    public static HashSet<long> Backward(Tensor loss, Tensor values, Tensor gradients, IEnumerable<long> offsets)
    {
        loss.backward();
        return [];
    }
}

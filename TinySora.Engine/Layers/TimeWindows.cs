using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Puts the frames that a convolution sees in time into the channels of one frame.</summary>
internal static class TimeWindows
{
    /// <param name="x">(B, F, H, W, C).</param>
    /// <returns>(B, F', H, W, Kernel·C), the earliest frame's channels first.</returns>
    public static Tensor Of(Tensor x, Axis time)
    {
        if (time.Kernel == 1)
        {
            return time.Stride == 1 ? x : x.slice(1, 0, x.shape[1], time.Stride);
        }

        var padded = time.Before + time.After == 0 ? x : nn.functional.pad(x, [0, 0, 0, 0, 0, 0, time.Before, time.After]);
        var last = padded.shape[1] - time.Kernel;
        return cat([.. Enumerable.Range(0, (int)time.Kernel).Select(tap => padded.slice(1, tap, last + tap + 1, time.Stride))], 4);
    }
}

using System.Text.Json;

namespace TinySora.Engine.Tests.Data.Frames;

/// <summary>Reference values that tests/reference/frames_golden.py wrote with numpy and Pillow.</summary>
internal sealed record FrameGolden(IReadOnlyList<FrameGolden.Sampled> Sampling, byte[] Png, IReadOnlyList<FrameGolden.Picture> Pictures)
{
    public static FrameGolden Read() => JsonSerializer.Deserialize<FrameGolden>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "frames.json")), JsonSerializerOptions.Web)!;

    /// <param name="Starts">Frames at which a clip can begin.</param>
    public sealed record Sampled(int Length, int Frames, int Interval, int Starts, int Start, int[] Indices);

    /// <param name="Pixels">(C, H, W).</param>
    public sealed record Picture(int Channels, int Height, int Width, bool Crops, int[] Pixels);
}

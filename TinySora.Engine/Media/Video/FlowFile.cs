using System.Runtime.InteropServices;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Video;

/// <summary>
/// Writes optical flow in the .flo format of the Middlebury benchmark (Baker et al. 2011), in little-endian order: the float 202021.25, width and height as
/// 32-bit integers and, for each pixel (row by row), the motion to the right and down as floats.
/// </summary>
internal static class FlowFile
{
    private const float Tag = 202021.25f;

    /// <param name="flow">Height x width x 2.</param>
    /// <exception cref="TinySoraException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<float> flow, int height, int width) => AtomicFile.WriteStream(path, output =>
    {
        using var writer = new BinaryWriter(output, Encoding.UTF8, leaveOpen: true);
        writer.Write(Tag);
        writer.Write(width);
        writer.Write(height);
        writer.Write(MemoryMarshal.AsBytes(flow.Span));
    }, MediaErrors.CannotWrite);
}

using System.Globalization;
using System.IO.Compression;
using System.Text;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>Shows images with kitty's graphics protocol, https://sw.kovidgoyal.net/kitty/graphics-protocol.</summary>
internal static class KittyGraphics
{
    /// <summary>Maximum length of the base64 data in one command, a limit of the protocol.</summary>
    private const int ChunkLength = 4096;

    /// <param name="picture">Image to draw at the cursor, which does not move; only the first frame is used.</param>
    /// <param name="columns">Width in characters to scale the image to; <paramref name="rows"/> is the height.</param>
    /// <param name="id">Number of the image, which replaces an image with the same number on the screen.</param>
    public static string Encode(Clip picture, int columns, int rows, int id)
    {
        var frame = Resample.ToChannels(picture with { Frames = 1, Pixels = picture.Frame(0).ToArray() }, 3);
        var data = Convert.ToBase64String(Compress(frame.Pixels));
        var text = new StringBuilder();
        // a=T: transmit and show; f=24,o=z: RGB, compressed; C=1: keep the cursor; q=2: no response, which the shell would read.
        var keys = string.Create(
            CultureInfo.InvariantCulture, $"a=T,f=24,o=z,s={frame.Width},v={frame.Height},i={id},p=1,c={columns},r={rows},C=1,q=2,");
        for (var start = 0; start < data.Length; start += ChunkLength)
        {
            var length = Math.Min(ChunkLength, data.Length - start);
            var isLast = start + length == data.Length;
            text.Append("\u001b_G").Append(keys).Append(isLast ? "m=0;" : "m=1;").Append(data, start, length).Append("\u001b\\");
            keys = "";
        }

        return text.ToString();
    }

    private static byte[] Compress(byte[] pixels)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            zlib.Write(pixels);
        }

        return compressed.ToArray();
    }
}

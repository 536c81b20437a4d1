using System.Globalization;
using System.IO.Compression;
using System.Text;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Terminal;

/// <summary>Pictures as kitty's commands for graphics, https://sw.kovidgoyal.net/kitty/graphics-protocol.</summary>
internal static class KittyGraphics
{
    /// <summary>Base64 of one command, which the protocol limits.</summary>
    private const int ChunkLength = 4096;

    /// <param name="picture">The first frame is drawn, at the cursor, which stays where it is.</param>
    /// <param name="columns">Characters that it is stretched over, with <paramref name="rows"/>.</param>
    /// <param name="id">A picture of the same number that is on the screen is replaced.</param>
    public static string Encode(Clip picture, int columns, int rows, int id)
    {
        var frame = Resample.ToChannels(picture with { Frames = 1, Pixels = picture.Frame(0).ToArray() }, 3);
        var data = Convert.ToBase64String(Compress(frame.Pixels));
        var text = new StringBuilder();
        // a=T: send and show; f=24,o=z: RGB, compressed; C=1: leave the cursor; q=2: answer nothing, the shell would read it.
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

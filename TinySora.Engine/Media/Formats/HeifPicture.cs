using System.Buffers.Binary;

namespace TinySora.Engine.Media.Formats;

/// <summary>Properties of the main image in a HEIC or AVIF file (ISO/IEC 23008-12).</summary>
/// <param name="IsAnimated">Whether the file is an image sequence.</param>
/// <param name="IsInTiles">Whether the image is composed of other images in the file.</param>
/// <param name="Orientations">Rotations and mirrorings to apply in order, as numbers of <see cref="ExifOrientation"/>. These files may also have an
/// Exif orientation, which must be ignored.</param>
internal sealed record HeifPicture(bool IsAnimated, bool IsInTiles, IReadOnlyList<int> Orientations)
{
    private static readonly string[] AnimatedBrands = ["avis", "msf1", "hevc", "hevx"];
    private static readonly string[] Brands = [.. AnimatedBrands, "avif", "mif1", "mif2", "heic", "heix", "heim", "heis"];

    /// <returns><c>null</c> if the file has another format.</returns>
    public static HeifPicture? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file[4..].StartsWith("ftyp"u8) || !Brands.Contains(Text(file[8..])))
        {
            return null;
        }

        var isAnimated = AnimatedBrands.Contains(Text(file[8..]));

        try
        {
            var meta = Box(file, "meta");
            return new HeifPicture(isAnimated, !meta.IsEmpty && IsInTilesOf(meta[4..]), meta.IsEmpty ? [] : OrientationsOf(meta[4..]));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // A truncated box; the decoder of the image reports the error.
            return new HeifPicture(isAnimated, IsInTiles: false, []);
        }
    }

    private static bool IsInTilesOf(ReadOnlySpan<byte> meta)
    {
        var main = MainItem(meta);
        var infos = Box(meta, "iinf");
        for (var rest = infos.IsEmpty ? infos : infos[(infos[0] == 0 ? 6 : 8)..]; rest.Length >= 8; rest = Next(rest))
        {
            var info = Content(rest);
            var isLong = info[0] == 3;
            if (Item(info[4..], isLong) == main)
            {
                return Text(info[(isLong ? 10 : 8)..]) is "grid" or "iovl" or "tmap";
            }
        }

        return false;
    }

    /// <summary>Returns the irot and imir properties of the main item, in order.</summary>
    private static List<int> OrientationsOf(ReadOnlySpan<byte> meta)
    {
        var found = new List<int>();
        var main = MainItem(meta);
        var properties = Box(meta, "iprp");
        ReadOnlySpan<byte> all = Box(properties, "ipco"), links = Box(properties, "ipma");
        if (links.IsEmpty)
        {
            return found;
        }

        var (isLongItem, isLongIndex) = (links[0] > 0, (links[3] & 1) != 0);
        var count = BinaryPrimitives.ReadUInt32BigEndian(links[4..]);
        links = links[8..];
        for (; count > 0; count--)
        {
            var isMain = Item(links, isLongItem) == main;
            links = links[(isLongItem ? 4 : 2)..];
            int linked = links[0];
            for (links = links[1..]; linked > 0; linked--)
            {
                var index = isLongIndex ? BinaryPrimitives.ReadUInt16BigEndian(links) & 0x7FFF : links[0] & 0x7F;
                links = links[(isLongIndex ? 2 : 1)..];
                if (isMain && index > 0 && OrientationOf(all, index) is int orientation)
                {
                    found.Add(orientation);
                }
            }
        }

        return found;
    }

    /// <param name="index">Index of the property, from 1.</param>
    private static int? OrientationOf(ReadOnlySpan<byte> properties, int index)
    {
        for (; index > 1 && properties.Length >= 8; index--)
        {
            properties = Next(properties);
        }

        return properties.Length < 9 ? null : Text(properties[4..]) switch
        {
            "irot" => (properties[8] & 3) switch { 1 => 8, 2 => 3, 3 => 6, _ => 1 }, // counterclockwise quarter turns
            "imir" => (properties[8] & 1) == 0 ? 4 : 2, // 0: swap top and bottom
            _ => null,
        };
    }

    private static uint MainItem(ReadOnlySpan<byte> meta)
    {
        var box = Box(meta, "pitm");
        return box.IsEmpty ? 0 : Item(box[4..], box[0] > 0);
    }

    private static uint Item(ReadOnlySpan<byte> at, bool isLong) =>
        isLong ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    /// <summary>Returns the content of the first box of a type; empty if there is none.</summary>
    private static ReadOnlySpan<byte> Box(ReadOnlySpan<byte> boxes, string type)
    {
        for (; boxes.Length >= 8; boxes = Next(boxes))
        {
            if (Text(boxes[4..]) == type)
            {
                return Content(boxes);
            }
        }

        return default;
    }

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> boxes) =>
        boxes[..Length(boxes)][(BinaryPrimitives.ReadUInt32BigEndian(boxes) == 1 ? 16 : 8)..];

    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> boxes) => boxes[Length(boxes)..];

    /// <summary>Returns the length of the first box in bytes; the stored length may be after the type, or be 0 for all remaining bytes.</summary>
    private static int Length(ReadOnlySpan<byte> boxes) => BinaryPrimitives.ReadUInt32BigEndian(boxes) switch
    {
        0 => boxes.Length,
        1 => (int)Math.Clamp(BinaryPrimitives.ReadUInt64BigEndian(boxes[8..]), 16, (ulong)boxes.Length),
        var length => (int)Math.Clamp(length, 8, (uint)boxes.Length),
    };

    private static string Text(ReadOnlySpan<byte> at) => System.Text.Encoding.Latin1.GetString(at[..4]);
}

using System.Buffers.Binary;

namespace TinySora.Engine.Media.Formats;

/// <summary>What a HEIC or AVIF file (ISO/IEC 23008-12) says of its main picture.</summary>
/// <param name="IsAnimated">Whether the file is a sequence of pictures.</param>
/// <param name="IsInTiles">Whether the picture is put together from other pictures of the file.</param>
/// <param name="Orientations">
/// How to turn and mirror it, one after the other, in the numbers of <see cref="ExifOrientation"/>. What Exif says there does not count.
/// </param>
internal sealed record HeifPicture(bool IsAnimated, bool IsInTiles, IReadOnlyList<int> Orientations)
{
    private static readonly string[] AnimatedBrands = ["avis", "msf1", "hevc", "hevx"];
    private static readonly string[] Brands = [.. AnimatedBrands, "avif", "mif1", "mif2", "heic", "heix", "heim", "heis"];

    /// <returns>`null` if the file is of another format.</returns>
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
            // A box that is cut short; who decodes the picture says what is wrong with it.
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

    /// <summary>The properties irot and imir of the main item, in their order.</summary>
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

    /// <param name="index">Of the property, from 1.</param>
    private static int? OrientationOf(ReadOnlySpan<byte> properties, int index)
    {
        for (; index > 1 && properties.Length >= 8; index--)
        {
            properties = Next(properties);
        }

        return properties.Length < 9 ? null : Text(properties[4..]) switch
        {
            "irot" => (properties[8] & 3) switch { 1 => 8, 2 => 3, 3 => 6, _ => 1 }, // quarter turns against the clock
            "imir" => (properties[8] & 1) == 0 ? 4 : 2, // 0: top and bottom change places
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

    /// <summary>The content of the first box of a type; empty if there is none.</summary>
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

    /// <summary>Bytes of the first box, whose length may follow its type, or be 0 for all that is left.</summary>
    private static int Length(ReadOnlySpan<byte> boxes) => BinaryPrimitives.ReadUInt32BigEndian(boxes) switch
    {
        0 => boxes.Length,
        1 => (int)Math.Clamp(BinaryPrimitives.ReadUInt64BigEndian(boxes[8..]), 16, (ulong)boxes.Length),
        var length => (int)Math.Clamp(length, 8, (uint)boxes.Length),
    };

    private static string Text(ReadOnlySpan<byte> at) => System.Text.Encoding.Latin1.GetString(at[..4]);
}

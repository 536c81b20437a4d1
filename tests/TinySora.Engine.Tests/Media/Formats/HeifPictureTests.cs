using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Tests.Media.Formats;

/// <summary>HEIC files assembled box by box, with the fields of ISO/IEC 23008-12.</summary>
public sealed class HeifPictureTests
{
    private static readonly byte[] Turn = Box("irot", [1]);
    private static readonly byte[] Mirror = Box("imir", [1]);

    [Theory]
    [InlineData("heic", false)]
    [InlineData("avif", false)]
    [InlineData("mif1", false)]
    [InlineData("avis", true)]
    [InlineData("msf1", true)]
    public void Brand_determines_whether_the_file_is_animated(string brand, bool isAnimated) =>
        Assert.Equal(isAnimated, HeifPicture.Read([.. Box("ftyp", Latin(brand + "\0\0\0\0"))])!.IsAnimated);

    [Fact]
    public void Other_files_are_not_of_this_format()
    {
        Assert.Null(HeifPicture.Read(Box("ftyp", Latin("isom\0\0\0\0"))));
        Assert.Null(HeifPicture.Read(Box("free", Latin("heic\0\0\0\0"))));
        Assert.Null(HeifPicture.Read(Latin("ftyp")));
    }

    [Theory]
    [InlineData("grid", true)]
    [InlineData("iovl", true)]
    [InlineData("tmap", true)]
    [InlineData("hvc1", false)]
    public void Main_item_may_be_composed_of_others(string type, bool isInTiles)
    {
        Assert.Equal(isInTiles, Read(MainItem(2), Box("iinf", [0, 0, 0, 0, 0, 2, .. Info(1, "hvc1"), .. Info(2, type)])).IsInTiles);
        // The versions for more than 65535 items have numbers of four bytes.
        Assert.Equal(isInTiles, Read(MainItem(2, isLong: true), Box("iinf", [1, 0, 0, 0, 0, 0, 0, 1, .. Info(2, type, isLong: true)])).IsInTiles);
        Assert.False(Read(MainItem(3), Box("iinf", [0, 0, 0, 0, 0, 1, .. Info(2, type)])).IsInTiles);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 8)]
    [InlineData(2, 3)]
    [InlineData(3, 6)]
    public void Quarter_turns_are_counterclockwise(byte turns, int orientation) =>
        Assert.Equal([orientation], Read(MainItem(1), Properties([.. Box("irot", [turns])], Links(1, 1))).Orientations);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 2)]
    public void Mirroring_has_an_axis(byte axis, int orientation) =>
        Assert.Equal([orientation], Read(MainItem(1), Properties([.. Box("imir", [axis])], Links(1, 1))).Orientations);

    [Fact]
    public void Properties_of_the_main_item_apply_in_their_order()
    {
        byte[] all = [.. Box("ispe", new byte[12]), .. Turn, .. Mirror];
        Assert.Equal([2, 8], Read(MainItem(1), Properties(all, Links(1, 1, 3, 2))).Orientations);
        Assert.Equal([8], Read(MainItem(1), Properties(all, Links(1, 0, 0x82))).Orientations); // 0x80 marks essential properties
        Assert.Empty(Read(MainItem(2), Properties(all, Links(1, 2))).Orientations);
        Assert.Empty(Read(MainItem(1), Properties(all, Links(1, 9))).Orientations); // a property that does not exist
        Assert.Empty(Read(MainItem(1), Box("iprp", Box("ipco", all))).Orientations);
    }

    [Fact]
    public void Long_numbers_of_items_and_properties_are_read()
    {
        byte[] links = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 1, 0x80, 2];
        Assert.Equal([2], Read(MainItem(5, isLong: true), Properties([.. Turn, .. Mirror], Box("ipma", links))).Orientations);
    }

    [Fact]
    public void Box_may_have_a_long_length_or_reach_the_end_of_the_file()
    {
        var content = Concat([0, 0, 0, 0], MainItem(1), Properties(Turn, Links(1, 1)));
        var start = Box("ftyp", Latin("heic\0\0\0\0"));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, content.Length + 16);
        Assert.Equal([8], HeifPicture.Read([.. start, 0, 0, 0, 1, .. "meta"u8, .. length, .. content])!.Orientations);
        Assert.Equal([8], HeifPicture.Read([.. start, 0, 0, 0, 0, .. "meta"u8, .. content])!.Orientations);
    }

    [Fact]
    public void Truncated_box_is_left_to_the_decoder()
    {
        byte[] whole = [.. Box("ftyp", Latin("heic\0\0\0\0")), .. Box("meta", Concat([0, 0, 0, 0], MainItem(1), Properties(Turn, Links(1, 1))))];
        for (var length = 12; length < whole.Length; length++)
        {
            Assert.Empty(HeifPicture.Read(whole.AsSpan(0, length))!.Orientations);
        }
    }

    private static HeifPicture Read(params byte[][] inMeta) =>
        HeifPicture.Read([.. Box("ftyp", Latin("heic\0\0\0\0")), .. Box("meta", Concat([[0, 0, 0, 0], .. inMeta]))])!;

    /// <summary>The box with the number of the main item.</summary>
    private static byte[] MainItem(byte item, bool isLong = false) => Box("pitm", isLong ? [1, 0, 0, 0, 0, 0, 0, item] : [0, 0, 0, 0, 0, item]);

    private static byte[] Info(byte item, string type, bool isLong = false) =>
        Box("infe", isLong ? [3, 0, 0, 0, 0, 0, 0, item, 0, 0, .. Latin(type)] : [2, 0, 0, 0, 0, item, 0, 0, .. Latin(type)]);

    private static byte[] Properties(byte[] all, byte[] links) => Box("iprp", [.. Box("ipco", all), .. links]);

    /// <summary>The properties of one item.</summary>
    private static byte[] Links(byte item, params byte[] properties) =>
        Box("ipma", [0, 0, 0, 0, 0, 0, 0, 1, 0, item, (byte)properties.Length, .. properties]);

    private static byte[] Box(string type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length + 8);
        return [.. length, .. Latin(type), .. content];
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);
}

using System.Text.Json;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Tests.Media.Video;

/// <summary>Answers of ffprobe, in the versions and for the containers that differ.</summary>
public sealed class VideoInfoTests
{
    [Theory]
    [InlineData("""{"format":{}}""")]
    [InlineData("""{"streams":[]}""")]
    [InlineData("""{"streams":[{"width":0,"height":8}]}""")]
    [InlineData("""{"streams":[{"width":8,"height":0}]}""")]
    [InlineData("""{"streams":[{"width":8}]}""")]
    [InlineData("""{"streams":[{"width":8,"height":200000}]}""")]
    public void Answer_without_a_picture_size_is_not_a_video(string json) => Assert.Null(VideoInfo.FromProbe(Json(json)));

    [Theory]
    [InlineData(null, 16, 8, false)]
    [InlineData("""{"side_data_list":[{"rotation":0}]}""", 16, 8, true)]
    [InlineData("""{"side_data_list":[{"rotation":90}]}""", 8, 16, true)]
    [InlineData("""{"side_data_list":[{"other":1},{"rotation":-90}]}""", 8, 16, true)]
    [InlineData("""{"side_data_list":[{"rotation":180}]}""", 16, 8, true)]
    [InlineData("""{"side_data_list":[{"other":1}],"tags":{"rotate":"270"}}""", 8, 16, true)]
    [InlineData("""{"side_data_list":[{"rotation":-270}]}""", 8, 16, true)]
    [InlineData("""{"tags":{"language":"eng"}}""", 16, 8, false)]
    public void Rotation_is_in_the_side_data_or_in_a_tag(string? more, int width, int height, bool isTurned)
    {
        var info = Read(more);
        Assert.Equal((width, height, isTurned, width == 8), (info.Width, info.Height, info.IsTurned, info.IsQuarterTurned));
    }

    [Fact]
    public void Pixels_that_are_not_square_widen_the_picture()
    {
        var info = Read("""{"sample_aspect_ratio":"3:2"}""");
        Assert.Equal((24, 8, (16, 8)), (info.Width, info.Height, info.Pixels));
        var turned = Read("""{"sample_aspect_ratio":"3:2","tags":{"rotate":"90"}}""");
        Assert.Equal((8, 24, (8, 16)), (turned.Width, turned.Height, turned.Pixels));
        Assert.Equal(16, Read("""{"sample_aspect_ratio":"0:1"}""").Width);
        Assert.Equal(16, Read("""{"sample_aspect_ratio":"N/A"}""").Width);
    }

    [Theory]
    [InlineData("""{"duration":"2.5"}""", "{}", 2.5, true)]
    [InlineData("""{"tags":{"DURATION-eng":"00:01:02.5"}}""", "{}", 62.5, true)]
    [InlineData("""{"tags":{"DURATION":"62.5"}}""", """{"duration":"7"}""", 7.0, false)]
    [InlineData("""{"tags":{"DURATION":3}}""", """{"duration":"7"}""", 7.0, false)]
    [InlineData(null, """{"duration":"7"}""", 7.0, false)]
    [InlineData(null, """{"duration":"1e12"}""", null, false)]
    [InlineData(null, "{}", null, false)]
    [InlineData("""{"duration":"2","avg_frame_rate":"10/1","nb_frames":"40"}""", """{"format_name":"avi"}""", 4.0, true)] // a truncated AVI
    [InlineData("""{"duration":"2","avg_frame_rate":"0/0","nb_frames":"40"}""", """{"format_name":"avi"}""", 2.0, true)]
    [InlineData("""{"duration":"2"}""", """{"format_name":"asf"}""", 2.0, false)]
    public void Duration_is_that_of_the_stream_or_of_the_file(string? stream, string format, double? seconds, bool hasOwn)
    {
        var info = Read(stream, format);
        Assert.Equal((seconds, hasOwn), (info.Duration?.TotalSeconds, info.HasOwnDuration));
    }

    [Theory]
    [InlineData("30/1", "30/1", 30, 30)]
    [InlineData("0/0", "25/1", 25, 25)]
    [InlineData("24/1", "60/1", 24, 60)] // a phone's varying rate
    [InlineData("30/1", "1/0", 30, 30)]
    public void Rate_is_the_average_and_the_maximum(string average, string basic, double rate, double most)
    {
        var info = Read($$"""{"avg_frame_rate":"{{average}}","r_frame_rate":"{{basic}}"}""");
        Assert.Equal((rate, most), (info.FramesPerSecond, info.MaxFramesPerSecond));
    }

    [Theory]
    [InlineData("mpegts", true, false)]
    [InlineData("mpeg", true, false)]
    [InlineData("h264", true, true)]
    [InlineData("hevc", true, true)]
    [InlineData("matroska,webm", false, false)]
    public void Some_containers_have_no_index_or_no_times(string format, bool lacksIndex, bool isRaw)
    {
        var info = Read(null, $$"""{"format_name":"{{format}}"}""");
        Assert.Equal((lacksIndex, isRaw), (info.LacksIndex, info.IsRaw));
    }

    [Theory]
    [InlineData(1280, 500, """{"pix_fmt":"yuv420p"}""", true)]
    [InlineData(800, 600, """{"pix_fmt":"yuv420p","color_space":"unknown"}""", true)]
    [InlineData(800, 500, """{"pix_fmt":"yuv420p"}""", false)]
    [InlineData(1280, 720, """{"pix_fmt":"gbrp"}""", false)]
    [InlineData(1280, 720, """{"pix_fmt":"yuv420p","color_space":"bt709"}""", false)]
    public void High_definition_without_a_color_matrix_is_noticed(int width, int height, string stream, bool expected) =>
        Assert.Equal(expected, Read(stream, size: (width, height)).IsUntaggedHighDefinition);

    [Fact]
    public void Stream_that_is_marked_as_default_is_read()
    {
        var info = VideoInfo.FromProbe(Json(
            """{"streams":[{"index":0,"width":4,"height":4},{"index":2,"width":8,"height":8,"disposition":{"default":1}}]}"""))!;
        Assert.Equal((8, 2), (info.Width, info.Stream));
    }

    [Theory]
    [InlineData("tt", "TopFirst")]
    [InlineData("tb", "TopFirst")]
    [InlineData("bb", "BottomFirst")]
    [InlineData("bt", "BottomFirst")]
    [InlineData("progressive", "Progressive")]
    public void Order_of_fields_is_that_of_the_stream(string order, string expected)
    {
        Assert.Equal(expected, $"{Read($$"""{"field_order":"{{order}}"}""").Stored.Fields}");
        Assert.Equal("ByFrame", $"{Read($$"""{"field_order":"{{order}}"}""", frame: """{"interlaced_frame":1}""").Stored.Fields}");
    }

    [Theory]
    [InlineData("""{"color_transfer":"smpte2084","color_primaries":"bt2020","color_space":"bt2020nc"}""", true, true, "")]
    [InlineData("""{"color_transfer":"arib-std-b67"}""", true, true, "color_primaries=bt2020:colorspace=bt2020nc")]
    [InlineData("""{"color_transfer":"arib-std-b67","color_primaries":"bt709"}""", true, false, "colorspace=bt2020nc")]
    [InlineData("""{"color_primaries":"bt2020","color_transfer":"reserved"}""", false, true, "color_trc=bt709:colorspace=bt2020nc")]
    [InlineData("""{"color_primaries":"bt709","color_transfer":"bt709"}""", false, false, "")]
    public void Wide_colors_and_missing_color_tags_are_noticed(string stream, bool isHighRange, bool isWide, string missing)
    {
        var stored = Read(stream).Stored;
        Assert.Equal((isHighRange, isWide, missing), (stored.IsHighDynamicRange, stored.IsWideGamut, stored.MissingColorTags));
    }

    [Fact]
    public void Colors_may_be_stated_by_the_first_frame_only()
    {
        var stored = Read("""{"color_transfer":"unknown"}""", frame: """{"color_transfer":"smpte2084","color_primaries":"bt2020"}""").Stored;
        Assert.Equal((true, true, "colorspace=bt2020nc"), (stored.IsHighDynamicRange, stored.IsWideGamut, stored.MissingColorTags));
    }

    [Theory]
    [InlineData("""{"codec_name":"vp8","tags":{"alpha_mode":"1"}}""", "libvpx", true)]
    [InlineData("""{"codec_name":"vp9","tags":{"alpha_mode":"1"}}""", "libvpx-vp9", true)]
    [InlineData("""{"codec_name":"vp9","tags":{}}""", null, false)]
    [InlineData("""{"codec_name":"vp8"}""", null, false)]
    [InlineData("""{"codec_name":"prores","pix_fmt":"yuva444p10le"}""", null, true)]
    [InlineData("""{"codec_name":"h264","tags":{"alpha_mode":"1"}}""", null, false)]
    public void Transparency_is_in_the_pixels_or_in_a_tag(string stream, string? decoder, bool hasAlpha)
    {
        var stored = Read(stream).Stored;
        Assert.Equal((decoder, hasAlpha), (stored.AlphaDecoder, stored.HasAlpha));
    }

    [Theory]
    [InlineData("""{"side_data_list":[{"dv_profile":5}]}""", true)]
    [InlineData("""{"side_data_list":[{"dv_profile":8}]}""", false)]
    [InlineData("{}", false)]
    public void Colors_of_Dolby_Vision_alone_are_noticed(string stream, bool expected) => Assert.Equal(expected, Read(stream).Stored.IsDolbyVisionOnly);

    /// <param name="stream">Further properties of the stream.</param>
    private static VideoInfo Read(string? stream, string format = "{}", (int Width, int Height)? size = null, string? frame = null)
    {
        var (width, height) = size ?? (16, 8);
        var more = stream is null or "{}" ? "" : $",{stream[1..^1]}";
        var frames = frame is null ? "" : $$""","frames":[{"stream_index":3},{"stream_index":0,{{frame[1..^1]}}}]""";
        return VideoInfo.FromProbe(Json(
            $$"""{"streams":[{"index":0,"width":{{width}},"height":{{height}}{{more}}}],"format":{{format}}{{frames}}}"""))!;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}

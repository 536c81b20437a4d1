using TinySora.Engine.Media.Video;
using static TinySora.Fuzz.Samples;

namespace TinySora.Fuzz;

/// <summary>Output of ffprobe for untrusted files: valid JSON with texts and numbers from the file.</summary>
internal static class ProbeFormats
{
    private static readonly string[] Words =
    [
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "{}", "[]", "\"N/A\"", "\"\\ud800\"", "1e999", "\"nan\"", "\"inf\"", "\"1000000000:1\"", "\"1:1000000000\"",
        "\"0/0\"", "\"1/0\"", "\"-90\"", "2147483647", "-1", "\"99999999999999999999\"", "\"streams\":", "\"packets\":", "\"format\":", "\"tags\":", "\"side_data_list\":",
        "\"rotation\":", "\"rotate\":", "\"width\":", "\"duration\":", "\"mpegts\"",
    ];

    public static IEnumerable<Format> All =>
    [
        new("probe", "answer.json",
            () => Texts(
                """
                {"programs":[],"streams":[{"width":64,"height":48,"sample_aspect_ratio":"4:3","pix_fmt":"yuv420p","color_space":"bt709","r_frame_rate":"25/1",
                "avg_frame_rate":"24000/1001","duration":"2.5","nb_frames":"60","tags":{"rotate":"90"},"side_data_list":[{"rotation":-90}]}],
                "format":{"format_name":"mov,mp4","duration":"2.500000"}}
                """,
                """{"streams":[{"width":16,"height":16,"avg_frame_rate":"0/0","r_frame_rate":"8/1"}],"format":{"format_name":"mpegts","duration":"N/A"}}"""),
            path => FFmpeg.ReadProbe(path, File.ReadAllBytes(path))) { Words = Words },
        new("probe-packets", "answer.json",
            () => Texts("""{"packets":[{"pts_time":"0.000000","dts_time":"-0.040000","duration_time":"0.040000"},{"pts_time":"0.040000","dts_time":"0.000000"}]}"""),
            Packets) { Words = [.. Words, "\"pts_time\":", "\"dts_time\":", "\"duration_time\":"] },
        new("probe-comment", "answer.json", () => Texts("""{"format":{"tags":{"comment":"a red circle"}}}"""),
            path => FFmpeg.ReadComment(path, File.ReadAllBytes(path))) { Words = [.. Words, "\"comment\":"] },
    ];

    private static void Packets(string path)
    {
        var json = File.ReadAllBytes(path);
        FFmpeg.FindTruncation(path, new VideoInfo(16, 16, null, 8, TimeSpan.FromSeconds(10)), json);
        FFmpeg.TimesJump(path, json);
    }
}

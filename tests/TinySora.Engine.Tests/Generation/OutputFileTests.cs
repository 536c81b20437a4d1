using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Tests.Generation;

public sealed class OutputFileTests
{
    [Theory]
    [InlineData("A red circle moving right", "a_red_circle_moving_right")]
    [InlineData("two  words", "two_words")]
    [InlineData("Don't stop, 2.5 x!", "dont_stop_2_5_x")]
    [InlineData("Ein größerer Ball", "ein_größerer_ball")]
    [InlineData("кот и пёс", "кот_и_пёс")]
    [InlineData("赤い円が右へ動く", "赤い円が右へ動く")]
    [InlineData("दौड़ता हुआ घोड़ा", "दौड़ता_हुआ_घोड़ा")]
    [InlineData("𠮷野家の猫", "𠮷野家の猫")] // outside the Basic Multilingual Plane
    [InlineData("../../etc/passwd now", "etc_passwd_now")]
    [InlineData("a (red:1.4) circle", "a_red_circle")]
    [InlineData("🔴️ 🎈", "video")]
    [InlineData("Nul!", "nul_")]
    [InlineData("com1", "com1_")]
    [InlineData("con man", "con_man")]
    public void Name_consists_of_all_words_of_the_prompt(string prompt, string expected) =>
        Assert.Equal(Path.Combine("out", expected + ".gif"), PathOf(new() { Prompt = prompt, OutputPath = "out" }));

    [Fact]
    public void Letters_and_marks_are_composed_if_the_system_supports_it() =>
        Assert.Equal("gro\u0308\u00dfer".Normalize(), PromptName.AllWords("Gro\u0308\u00dfer"));

    [Fact]
    public void Invalid_characters_are_left_out_of_a_name() => Assert.Equal("half_of_a_pair", PromptName.AllWords("half \ud83d of a pair \ufffe"));

    [Theory]
    [InlineData("one two three ", 20, "one_two_three_one_two_three_one_two_three_one_two_three_one_two_three_one_two")]
    [InlineData("слово ", 40, "слово_слово_слово_слово_слово_слово_слово_слово_слово_слово_слово_слово_слово")]
    public void Long_name_ends_with_a_whole_word(string words, int times, string expected) =>
        Assert.Equal(expected, PromptName.AllWords(string.Concat(Enumerable.Repeat(words, times))));

    [Theory]
    [InlineData("赤", 66, 198)]
    [InlineData("𠮷", 40, 160)]
    [InlineData("x", 80, 80)]
    public void Text_without_spaces_is_cut_at_the_limit_of_file_systems(string letter, int letters, int bytes)
    {
        var name = PromptName.AllWords(string.Concat(Enumerable.Repeat(letter, 300)) + " more");
        Assert.Equal(string.Concat(Enumerable.Repeat(letter, letters)), name);
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(name));
    }

    [Theory]
    [InlineData("A red circle moving right", 3, "a_red_circle")]
    [InlineData("A red circle moving right", 1, "a")]
    [InlineData("Don't stop, 2 x!", 3, "dont_stop_2")]
    [InlineData("ein grüner Ball rollt", 3, "ein_grner_ball")]
    [InlineData("кот и пёс", 3, "video")]
    [InlineData("nul set", 1, "nul_")]
    public void Names_of_the_original_projects_have_the_first_words_in_ASCII(string prompt, int words, string expected) =>
        Assert.Equal(Path.Combine("out", expected + ".gif"), PathOf(new() { Prompt = prompt, OutputPath = "out", NameWords = words }));

    [Fact]
    public void Several_videos_are_numbered() => Assert.Equal(
        [Path.Combine("out", "a_b_0.gif"), Path.Combine("out", "a_b_1.gif")],
        OutputFile.Of(new() { Prompt = "a b", OutputPath = "out", Count = 2 }).Paths(1));

    [Theory]
    [InlineData("out", "my cat", "mp4", "my cat.mp4")]
    [InlineData("out", "cat.png", "gif", "cat.png")]
    [InlineData("out", "cat.PNG", "gif", "cat.PNG")]
    [InlineData("out", "v1.2", "gif", "v1.2.gif")]
    public void Requested_name_is_used(string folder, string name, string format, string expected) => Assert.Equal(
        Path.Combine(folder, expected), PathOf(new() { Prompt = "a b", OutputPath = folder, OutputName = name, Format = format }));

    [Fact]
    public void Output_path_may_be_a_file() => Assert.Equal(
        [Path.Combine("out", "x_0.MP4"), Path.Combine("out", "x_1.MP4")],
        OutputFile.Of(new() { Prompt = "a", OutputPath = Path.Combine("out", "x.MP4"), Count = 2 }).Paths(1));

    [Fact]
    public void File_in_the_output_path_takes_precedence_over_a_name() => Assert.Equal(
        Path.Combine("out", "x.gif"),
        PathOf(new() { Prompt = "a", OutputPath = Path.Combine("out", "x.gif"), OutputName = "clip_remade" }));

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(" ")]
    [InlineData(".gif")]
    public void Name_outside_the_folder_or_empty_is_refused(string name) =>
        Assert.Equal("TinySora.Generation.BadName", Refused(new() { Prompt = "a", OutputPath = "out", OutputName = name }).Id);

    [Theory]
    [InlineData("out", "avi")]
    [InlineData("clip.avi", "gif")]
    [InlineData("clip.WEBM", "gif")]
    [InlineData("clip.mp3", "gif")]
    public void Unknown_format_is_refused_with_the_available_ones(string path, string format)
    {
        var error = Refused(new() { Prompt = "a", OutputPath = path, Format = format });
        Assert.Equal("TinySora.Generation.UnknownFormat", error.Id);
        Assert.Contains("gif, png, mp4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run.2024")]
    [InlineData("results.v2")]
    [InlineData("my.results")]
    [InlineData("clip.avi/x")]
    public void Folder_may_have_a_dot(string path) => Assert.Equal(Path.Combine(path, "a.gif"), PathOf(new() { Prompt = "a", OutputPath = path }));

    [Fact]
    public void Existing_folder_may_end_like_a_file()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("clip.avi"));
        Assert.Equal(folder.File("clip.avi", "a.gif"), PathOf(new() { Prompt = "a", OutputPath = folder.File("clip.avi") }));
    }

    [Theory]
    [InlineData(1, "a_b.gif", 1)]
    [InlineData(1, "a_b_2.gif", 2)]
    [InlineData(1, "a_b_12.gif", 12)]
    [InlineData(1, "a_b_1.gif", null)]
    [InlineData(1, "a_b_02.gif", null)]
    [InlineData(1, "a_b_2_0.gif", null)]
    [InlineData(1, "a_b_2.png", null)]
    [InlineData(1, "a_b_2.guess-every-2.png", null)]
    [InlineData(1, "a_b_c.gif", null)]
    [InlineData(1, "a_bc.gif", null)]
    [InlineData(1, "a_b_99999999999999999999.gif", null)]
    [InlineData(3, "a_b_2.gif", 1)]
    [InlineData(3, "a_b_3.gif", null)]
    [InlineData(3, "a_b_2_0.gif", 2)]
    [InlineData(3, "a_b_2_3.gif", null)]
    [InlineData(3, "a_b.gif", null)]
    public void File_name_gives_the_number_of_its_attempt(int count, string file, int? attempt)
    {
        var wanted = OutputFile.Of(new() { Prompt = "a b", OutputPath = "out", Count = count });
        Assert.Equal(attempt, wanted.AttemptOf(file));
        Assert.True(attempt is null || wanted.Paths(attempt.Value).Contains(Path.Combine("out", file)));
    }

    private static string PathOf(GenerationRequest request) => Assert.Single(OutputFile.Of(request).Paths(1));

    private static TinySoraException Refused(GenerationRequest request) => Assert.Throws<TinySoraException>(() => OutputFile.Of(request));
}

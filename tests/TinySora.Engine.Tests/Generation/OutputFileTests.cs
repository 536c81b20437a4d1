using TinySora.Engine.Errors;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Tests.Generation;

public sealed class OutputFileTests
{
    private static readonly HashSet<string> Nothing = [];

    [Theory]
    [InlineData("A red circle moving right", "a_red_circle.gif")]
    [InlineData("two  words", "two_words.gif")]
    [InlineData("Don't stop, 2 x!", "dont_stop_2.gif")]
    [InlineData("ein grüner Ball", "ein_grner_ball.gif")]
    [InlineData("../../etc/passwd now", "etcpasswd_now.gif")]
    [InlineData("кот и пёс", "video.gif")]
    [InlineData("Nul!", "nul_.gif")]
    [InlineData("com1", "com1_.gif")]
    [InlineData("con man", "con_man.gif")]
    public void Name_is_made_of_the_first_three_words(string prompt, string expected) =>
        Assert.Equal([Path.Combine("out", expected)], OutputFile.Paths(new() { Prompt = prompt, OutputPath = "out" }, Nothing));

    [Fact]
    public void Several_videos_are_numbered() => Assert.Equal(
        [Path.Combine("out", "a_b_0.gif"), Path.Combine("out", "a_b_1.gif")],
        OutputFile.Paths(new() { Prompt = "a b", OutputPath = "out", Count = 2 }, Nothing));

    [Theory]
    [InlineData("out", "my cat", "mp4", "my cat.mp4")]
    [InlineData("out", "cat.png", "gif", "cat.png")]
    [InlineData("out", "v1.2", "gif", "v1.2.gif")]
    public void Name_that_was_asked_for_is_taken(string folder, string name, string format, string expected) => Assert.Equal(
        [Path.Combine(folder, expected)],
        OutputFile.Paths(new() { Prompt = "a b", OutputPath = folder, OutputName = name, Format = format }, Nothing));

    [Fact]
    public void Output_path_may_be_the_file() => Assert.Equal(
        [Path.Combine("out", "x_0.mp4"), Path.Combine("out", "x_1.mp4")],
        OutputFile.Paths(new() { Prompt = "a", OutputPath = Path.Combine("out", "x.MP4"), Count = 2 }, Nothing));

    [Fact]
    public void File_in_the_output_path_goes_before_a_name() => Assert.Equal(
        [Path.Combine("out", "x.gif")],
        OutputFile.Paths(new() { Prompt = "a", OutputPath = Path.Combine("out", "x.gif"), OutputName = "clip_remade" }, Nothing));

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(" ")]
    [InlineData(".gif")]
    public void Name_that_leaves_the_folder_or_is_empty_is_refused(string name)
    {
        var error = Assert.Throws<TinySoraException>(
            () => OutputFile.Paths(new() { Prompt = "a", OutputPath = "out", OutputName = name }, Nothing));
        Assert.Equal("TinySora.Generation.BadName", error.Id);
    }

    [Fact]
    public void Unknown_format_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(
            () => OutputFile.Paths(new() { Prompt = "a", OutputPath = "out", Format = "avi" }, Nothing));
        Assert.Equal("TinySora.Generation.UnknownFormat", error.Id);
        Assert.Contains("gif, png, mp4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_that_begin_alike_get_files_of_their_own()
    {
        var taken = new HashSet<string> { Path.Combine("out", "a_red_circle.gif"), Path.Combine("out", "a_red_circle_2.gif") };
        var request = new GenerationRequest { Prompt = "a red circle growing", OutputPath = "out" };
        Assert.Equal([Path.Combine("out", "a_red_circle_3.gif")], OutputFile.Paths(request, taken));
        Assert.Equal(
            [Path.Combine("out", "a_red_circle.gif")], OutputFile.Paths(request with { OutputName = "a_red_circle" }, taken));
    }
}

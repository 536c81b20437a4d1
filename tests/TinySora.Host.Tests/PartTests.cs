using System.Management.Automation;

namespace TinySora.Host.Tests;

/// <summary>Parts of the program that need no process.</summary>
public sealed class PartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-host-").FullName;

    [Fact]
    public void Words_of_a_shell_become_one_line()
    {
        Assert.Equal("a b", CommandLine.Text(["a b"]));
        Assert.Equal("Make -Prompt 'it''s a cat' -Seed 1", CommandLine.Text(["Make", "-Prompt", "it's a cat", "-Seed", "1"]));
        Assert.Equal("a | b { $_.x y } ''", CommandLine.Text(["a", "|", "b", "{ $_.x y }", ""]));
    }

    [Fact]
    public void Words_after_a_script_are_its_parameters() => Assert.Equal(
        [("-Name", null), (null, "x"), ("-On", true), ("-Off", false), ("-To", "y"), ("-Of", "z"), (null, "-1"), (null, "-")],
        CommandLine.Parameters(["-Name", "x", "-On:$true", "-Off:$false", "-To:y", "-Of:", "z", "-1", "-"]));

    [Fact]
    public void The_module_is_found_where_the_variable_says_beside_the_program_and_above_it()
    {
        var module = Directory.CreateDirectory(Path.Combine(folder, "TinySora")).FullName;
        File.WriteAllText(Path.Combine(module, "TinySora.psd1"), "@{}");
        var program = Directory.CreateDirectory(Path.Combine(folder, "host")).FullName;
        Assert.Equal(module, ModuleLocator.Find(null, program + Path.DirectorySeparatorChar));
        Assert.Equal(module, ModuleLocator.Find(module, folder));
        Assert.Equal(module, ModuleLocator.Find(Path.Combine(module, "TinySora.PowerShell.dll"), folder));
        Assert.Null(ModuleLocator.Find(program, program));
        Assert.Equal(module, ModuleLocator.Find("", module));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(20)]
    public void A_bar_fills_its_part_of_the_line_and_no_more_than_the_line(int width)
    {
        var style = PSStyle.Instance;
        var line = ProgressBars.Line(
            new ProgressRecord(1, "Training shapes-small", "step 5 of 10\nloss 0.1") { PercentComplete = 50, SecondsRemaining = 9 }, width);
        var plain = line.Replace(style.Progress.Style, "", StringComparison.Ordinal).Replace(style.Reset, "", StringComparison.Ordinal);
        var bar = plain[(plain.IndexOf('[', StringComparison.Ordinal) + style.Reverse.Length)..];
        var (done, rest) = (bar.Split(style.ReverseOff)[0][1..], bar.Split(style.ReverseOff)[1]);
        Assert.InRange(done.Length - (rest.Length - 1), -1, 0);
        Assert.EndsWith(" 9s]", rest, StringComparison.Ordinal);
        Assert.InRange(plain.Replace(style.Reverse, "", StringComparison.Ordinal).Replace(style.ReverseOff, "", StringComparison.Ordinal).Length, 10, width);
        Assert.DoesNotContain('\n', line);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

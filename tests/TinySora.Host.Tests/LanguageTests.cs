using TinySora.Host;
using TinySora.Host.Language;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Pipelines as words of a shell and as one text.</summary>
public sealed class LanguageTests
{
    [Fact]
    public void A_bar_of_its_own_divides_words_into_commands()
    {
        var commands = WordsParser.Parse(["Get-A", "x|y", "|", "Get-B", "-Name", "v"]);
        Assert.Equal(["Get-A", "Get-B"], commands.Select(c => c.Name));
        Assert.Equal("x|y", ((ArgumentElement)commands[0].Elements[0]).Value);
        Assert.Equal(new ParameterElement("Name"), commands[1].Elements[0]);
    }

    [Fact]
    public void A_word_with_spaces_was_quoted_so_its_commas_do_not_divide() =>
        Assert.Equal("a cat, a dog", Argument("a cat, a dog"));

    [Fact]
    public void A_word_without_spaces_is_divided_at_commas()
    {
        var list = Assert.IsType<ValueList>(Argument("a,b"));
        Assert.Equal([new BareWord("a"), new BareWord("b")], list.Items);
        Assert.Equal("a,b", list.Text);
    }

    [Theory]
    [InlineData("a,", "b c", "d")]
    [InlineData("a", ",b", "")]
    public void A_comma_at_the_edge_of_a_word_joins_the_next(string first, string second, string rest)
    {
        CommandElement[] elements = [.. WordsParser.Parse(["Get-A", first, second, rest])[0].Elements];
        Assert.Equal(2, elements.Length);
        Assert.Equal(2, Assert.IsType<ValueList>(((ArgumentElement)elements[0]).Value).Items.Count);
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("'tis a cat")]
    [InlineData("a,")]
    [InlineData("(unclosed")]
    [InlineData("")]
    public void A_word_that_is_no_expression_is_a_text(string word)
    {
        var value = Argument(word);
        Assert.Equal(word, value is BareWord bare ? bare.Text : value);
    }

    [Fact]
    public void Quotes_inside_a_word_are_honoured()
    {
        var list = Assert.IsType<ValueList>(Argument("'a cat','a dog'"));
        Assert.Equal(["a cat", "a dog"], list.Items);
    }

    [Fact]
    public void A_value_that_the_shell_removed_is_explained()
    {
        var error = Assert.Throws<CommandLineException>(() => WordsParser.Parse(["Get-A", "-WhatIf:"]));
        Assert.Contains("-WhatIf:false", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "EmptyPipeElement")]
    [InlineData("Get-A |", "EmptyPipeElement")]
    [InlineData("| Get-A", "EmptyPipeElement")]
    [InlineData("Get-A 'open", "TerminatorExpected")]
    [InlineData("Get-A @{ a 1 }", "UnexpectedToken")]
    [InlineData("Get-A @(1, 2", "UnexpectedToken")]
    [InlineData("Get-A a,", "UnexpectedToken")]
    [InlineData("Get-A $x", "NoVariables")]
    [InlineData("Where-Object { $_.Step -gt 1 }", "NoScripts")]
    public void A_text_that_is_no_pipeline_says_what_is_wrong(string line, string id) =>
        Assert.Equal(id, Assert.Throws<CommandLineException>(() => LineParser.Parse(line)).ErrorRecord.FullyQualifiedErrorId);

    [Theory]
    [InlineData("|")]
    [InlineData("Get-A", "|")]
    [InlineData("Where-Object", "{", "$_.Step", "}")]
    public void Words_that_are_no_pipeline_are_refused(params string[] words) =>
        Assert.Throws<CommandLineException>(() => WordsParser.Parse(words));

    [Fact]
    public void A_bar_in_quotes_is_part_of_a_text() =>
        Assert.Equal(["a | b"], Samples.Run("New-Thing 'a | b'").Values("Name"));

    [Theory]
    [InlineData("'a b', \"c\" | New-Thing | Select-Object Name", "a b", "c")]
    [InlineData("'a' | New-Thing", "a")]
    [InlineData("@('a', 'b')|New-Thing", "a", "b")]
    public void A_pipeline_may_begin_with_values(string line, params string[] names) => Assert.Equal(names, Samples.Run(line).Values("Name"));

    [Fact]
    public void Values_alone_are_shown() => Assert.Equal(["a", "b"], Samples.Objects("'a', 'b'"));

    [Fact]
    public void Commas_may_stand_between_spaces() =>
        Assert.Equal(["a", "b c"], Samples.Run("New-Thing a , 'b c'|Select-Object Name").Values("Name"));

    private static object? Argument(string word) =>
        Assert.IsType<ArgumentElement>(Assert.Single(WordsParser.Parse(["Get-A", word])[0].Elements)).Value;
}

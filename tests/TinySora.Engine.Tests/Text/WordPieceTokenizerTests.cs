using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] s_vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "Un", "##aff", "##able", "un", ",", "!", "run", "##ning", "日", "é"];

    private static readonly WordPieceTokenizer s_tokenizer = new(s_vocabulary, maxLength: 8);

    [Theory]
    [InlineData("Unaffable, running!", "Un ##aff ##able , run ##ning")]          // cut after six pieces
    [InlineData("unaffable", "un ##aff ##able")]                                 // case is kept
    [InlineData("run\t\nrun", "run run")]
    [InlineData("runs", "[UNK]")]                                                // one bad piece spoils the word
    [InlineData("run日run", "run 日 run")]
    [InlineData("é\u0000\u200d", "é")]                                           // accents stay, control characters go
    [InlineData("", "")]
    public void Words_are_split_as_BERT_does(string text, string pieces)
    {
        var expected = pieces.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => Array.IndexOf(s_vocabulary, p));
        Assert.Equal([2, .. expected, 3], s_tokenizer.Encode(text));
    }

    [Fact]
    public void Words_of_more_than_a_hundred_letters_are_unknown() =>
        Assert.Equal([2, 1, 3], s_tokenizer.Encode("un" + string.Concat(Enumerable.Repeat("able", 25))));
}

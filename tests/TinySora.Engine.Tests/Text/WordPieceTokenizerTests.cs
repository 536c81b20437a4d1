using System.Text.Json;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] Vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "Un", "##aff", "##able", "un", ",", "!", "run", "##ning", "日", "é"];

    private static readonly WordPieceTokenizer Tokenizer = new(Vocabulary, maxLength: 8);

    [Theory]
    [InlineData("Unaffable, running!", "Un ##aff ##able , run ##ning")]          // truncated after six pieces
    [InlineData("unaffable", "un ##aff ##able")]                                 // case is kept
    [InlineData("run\t\nrun", "run run")]
    [InlineData("runs", "[UNK]")]                                                // one unknown piece makes the whole word unknown
    [InlineData("run日run", "run 日 run")]
    [InlineData("é\u0000\u200d", "é")]                                           // accents are kept, control characters removed
    [InlineData("", "")]
    public void Words_are_split_as_in_BERT(string text, string pieces)
    {
        var expected = pieces.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => Array.IndexOf(Vocabulary, p));
        Assert.Equal([2, .. expected, 3], Ids(Tokenizer, text));
    }

    /// <summary>Ideographs of every block are words of their own; neighbors of the blocks are letters of a word.</summary>
    [Theory]
    [InlineData(0x4E00, true)]
    [InlineData(0x9FFF, true)]
    [InlineData(0x3400, true)]
    [InlineData(0x4DBF, true)]
    [InlineData(0x20000, true)]
    [InlineData(0x2A6DF, true)]
    [InlineData(0x2A700, true)]
    [InlineData(0x2CEAF, true)]
    [InlineData(0xF900, true)]
    [InlineData(0xFAFF, true)]
    [InlineData(0x2F800, true)]
    [InlineData(0x2FA1F, true)]
    [InlineData(0x3041, false)] // hiragana
    [InlineData(0xAC00, false)] // Hangul
    [InlineData(0xA000, false)] // Yi
    [InlineData(0x10400, false)] // Deseret
    [InlineData(0x1D400, false)] // mathematical letters
    public void Ideographs_are_separate_words(int code, bool isSeparate) => Assert.Equal(
        isSeparate ? [2, 10, 1, 10, 3] : [2, 1, 3], Ids(Tokenizer, $"run{char.ConvertFromUtf32(code)}run"));

    [Fact]
    public void Words_of_more_than_a_hundred_letters_are_unknown() =>
        Assert.Equal([2, 1, 3], Ids(Tokenizer, "un" + string.Concat(Enumerable.Repeat("able", 25))));

    public static TheoryData<int> Texts => [.. Enumerable.Range(0, Golden().GetProperty("texts").GetArrayLength())];

    /// <summary>The part of bert-base-cased's vocabulary that the texts need: tests/reference/wordpiece_reference.py.</summary>
    [Theory]
    [MemberData(nameof(Texts))]
    public void Ids_match_the_published_algorithm_and_vocabulary(int number)
    {
        var golden = Golden();
        var vocabulary = Enumerable.Range(0, golden.GetProperty("size").GetInt32()).Select(i => $"[no piece {i}]").ToArray();
        foreach (var piece in golden.GetProperty("pieces").EnumerateObject())
        {
            vocabulary[piece.Value.GetInt32()] = piece.Name;
        }

        var text = golden.GetProperty("texts")[number];
        Assert.Equal(
            text[1].EnumerateArray().Select(id => id.GetInt32()), Ids(new WordPieceTokenizer(vocabulary, 512), text[0].GetString()!));
    }

    [Fact]
    public void Pieces_have_the_weight_of_their_part() => Assert.Equal(
        [new Token(2, 1), new Token(10, 1), new Token(11, 1), new Token(4, 1.4f), new Token(5, 1.4f), new Token(6, 1.4f), new Token(3, 1)],
        Tokenizer.Encode(WeightedText.Parse("running (Unaffable:1.4)")));

    private static JsonElement Golden() => UNetGolden.Read("wordpiece.json");

    private static int[] Ids(WordPieceTokenizer tokenizer, string text) => [.. tokenizer.Encode(WeightedText.Literal(text)).Select(token => token.Id)];
}

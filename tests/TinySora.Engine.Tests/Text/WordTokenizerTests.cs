using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

public sealed class WordTokenizerTests
{
    private static readonly WordTokenizer Tokenizer =
        WordTokenizer.FromCaptions(["A red circle, moving left.", null, "a blue circle", "a Circle"]);

    [Fact]
    public void Words_are_numbered_by_frequency_then_alphabetically()
    {
        // a and circle occur three times, the others once each: , . blue left moving red
        Assert.Equal(10, Tokenizer.Count);
        Assert.Equal([2, 9, 3, 4, 8, 7, 5], Tokenizer.Encode("A RED circle, moving left."));
    }

    [Fact]
    public void Words_outside_the_captions_become_the_unknown_token_and_are_reported_once()
    {
        Assert.Equal([2, WordTokenizer.Unknown, 3], Tokenizer.Encode("a green circle"));
        Assert.Equal(["green"], Tokenizer.UnknownWords("Green green circle!!"));
        Assert.Empty(Tokenizer.UnknownWords("a red circle"));
    }

    [Fact]
    public void Missing_and_blank_captions_have_no_words()
    {
        Assert.Empty(Tokenizer.Encode(null));
        Assert.Empty(Tokenizer.Encode("  \t"));
    }

    [Fact]
    public void Vocabulary_survives_JSON()
    {
        var copy = WordTokenizer.FromJson(Tokenizer.ToJson())!;
        Assert.Equal(Tokenizer.Encode("a red circle, blue"), copy.Encode("a red circle, blue"));
        Assert.Equal(Tokenizer.Count, copy.Count);
    }

    [Fact]
    public void Emoji_is_one_word_and_half_a_surrogate_pair_is_none()
    {
        var tokenizer = WordTokenizer.FromCaptions(["a cat \U0001F600\U0001F600! \ud83d"]);
        Assert.Equal(["\U0001F600", "!", "a", "cat"], tokenizer.Vocabulary);
        Assert.Equal(tokenizer.Vocabulary, WordTokenizer.FromJson(tokenizer.ToJson())!.Vocabulary);
    }

    /// <summary>Earlier versions stored each half of an emoji as a word, which JSON cannot represent; the numbers of the other words remain.</summary>
    [Fact]
    public void Vocabulary_of_an_earlier_version_with_an_emoji_is_read()
    {
        var tokenizer = WordTokenizer.FromJson("""["a", "\uFFFD", "cat", "\uFFFD"]""")!;
        Assert.Equal([2, 4, WordTokenizer.Unknown], tokenizer.Encode("a cat \U0001F600"));
        Assert.Equal(6, tokenizer.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1, 2]")]
    [InlineData("[\"a\", \"a\"]")]
    [InlineData("[null]")]
    [InlineData("[\"\", \"a\"]")]
    public void Invalid_vocabulary_is_refused(string json) => Assert.Null(WordTokenizer.FromJson(json));

    [Fact]
    public void Vocabularies_and_captions_have_a_size_limit()
    {
        var tokenizer = WordTokenizer.FromCaptions([string.Join(' ', Enumerable.Range(0, 10_000).Select(i => $"w{i}"))]);
        Assert.Equal(WordTokenizer.MaxVocabulary, tokenizer.Count);
        Assert.Equal(WordTokenizer.MaxLength, tokenizer.Encode(string.Concat(Enumerable.Repeat("w1 ", 500))).Length);
    }
}

using System.Text.Json;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

/// <summary>Uses the part of openai/clip-vit-base-patch32's vocabulary that the texts need: tests/reference/bpe_reference.py.</summary>
public sealed class BytePairTokenizerTests
{
    private static readonly JsonElement Golden = UNetGolden.Read("clip_bpe.json");

    private static readonly BytePairTokenizer Tokenizer = new(
        Golden.GetProperty("pieces").EnumerateObject().ToDictionary(piece => piece.Name, piece => piece.Value.GetInt32()),
        ["#version: 0.2", .. Golden.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!), ""],
        maxLength: 77);

    public static TheoryData<int> Texts => [.. Enumerable.Range(0, Golden.GetProperty("texts").GetArrayLength())];

    /// <summary>The ids come from other publications.</summary>
    [Theory]
    [InlineData("a photo of a cat", 2368)]
    [InlineData("a photo of a dog", 1929)]
    [InlineData(" A  Photo\nof a DOG\t", 1929)]
    public void Known_sentences_have_their_published_ids(string text, int animal) =>
        Assert.Equal([49406, 320, 1125, 539, 320, animal, 49407], Tokenizer.Encode(text));

    [Theory]
    [MemberData(nameof(Texts))]
    public void Ids_match_the_published_algorithm_and_merges(int number)
    {
        var text = Golden.GetProperty("texts")[number];
        Assert.Equal(text[1].EnumerateArray().Select(id => id.GetInt32()), Tokenizer.Encode(text[0].GetString()!));
    }

    [Fact]
    public void Long_texts_are_cut_to_77_ids_including_the_end()
    {
        var ids = Tokenizer.Encode(string.Concat(Enumerable.Repeat("a red circle ", 100)));
        Assert.Equal((77, 49406, 49407), (ids.Length, ids[0], ids[^1]));
        Assert.DoesNotContain(49407, ids[..^1]);
    }

    [Fact]
    public void Vocabulary_inconsistent_with_the_merges_is_refused()
    {
        var pieces = Golden.GetProperty("pieces").EnumerateObject().ToDictionary(piece => piece.Name, piece => piece.Value.GetInt32());
        Assert.NotNull(new BytePairTokenizer(pieces, [], maxLength: 77));
        Enumerable.Range(0, 2000).ToList().ForEach(number => pieces.Add($"word{number}", 50_000 + number));
        Assert.Contains("0 merges", Assert.Throws<InvalidDataException>(() => new BytePairTokenizer(pieces, [], maxLength: 77)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character() =>
        Assert.Equal(Tokenizer.Encode("a\ufffd b"), Tokenizer.Encode("a\ud83e b"));
}

using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Generation;

public sealed class ModelVocabularyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Training draws from all captions of a clip, so a new word may be in any of them.</summary>
    [Fact]
    public void New_words_are_found_in_every_caption_of_a_clip()
    {
        for (var i = 0; i < 8; i++)
        {
            var path = folder.File($"clip{i}.gif");
            ClipFile.Write(path, Clip.Black(1, 4, 4, 3));
            File.WriteAllText(Path.ChangeExtension(path, ".txt"), i == 5 ? "!\nZebra, crossing!" : "!");
        }

        Assert.Equal("crossing zebra", ModelVocabulary.FindNewWords(folder.Path, folder.File("no-model")));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(" ,;!", "")]
    [InlineData("A red (Circle:1.4), (growing)", "a red circle growing")]
    [InlineData("a (red circle:0.5", "a red circle 0 5")]
    public void Words_of_a_prompt_are_in_lower_case_and_without_weights(string? prompt, string words) =>
        Assert.Equal(words, string.Join(' ', ModelVocabulary.WordsIn(prompt)));
}

using CsCheck;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Tests.Generation;

public sealed class RecipePropertyTests
{
    [Fact]
    public void Recipe_with_any_prompts_and_numbers_is_read_back_unchanged()
    {
        var numbers = Gen.Double.Special.Where(double.IsFinite);
        Gen.Select(PropertyCheck.Text, PropertyCheck.Text.Null(), Gen.Long, numbers, numbers.Nullable()).Check(200, example =>
        {
            var (prompt, negative, seed, scale, mix) = example;
            var recipe = new Recipe
            {
                ModelHash = "A", Checkpoint = "a", Step = 1, TinySoraVersion = "1", LibTorchVersion = "2", DeviceType = "cpu", Precision = "float32",
                Prompt = RecipeText.Plain(prompt), NegativePrompt = negative is null ? null : RecipeText.Plain(negative),
                Seed = seed, GuidanceScale = scale, Mix = mix,
            };
            var text = RecipeText.Write(recipe);
            Assert.All(text, character => Assert.InRange(character, ' ', '~'));
            Assert.Equal(recipe, RecipeText.Parse(text, "a.gif"));
        });
    }
}

using TinySora.Engine.Families.LatentTransformer.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

public sealed class PatchesTests
{
    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(1, 3, false)]
    [InlineData(2, 2, true)]
    [InlineData(2, 1, false)]
    public void Joining_patches_restores_the_clip(int frames, int size, bool channelsFirst)
    {
        using var scope = NewDisposeScope();
        var patches = new Patches(3, frames, size);
        var x = rand([2, 3, 4, 6, 12]);
        var tokens = patches.Patchify(x, channelsFirst);
        Assert.Equal([2, 4 / frames, 6 / size * (12 / size), 3 * frames * size * size], tokens.shape);
        Assert.True(patches.Unpatchify(tokens, 6 / size, channelsFirst).eq(x).Eager!.all().ToBoolean());
    }

    /// <summary>Checks the block of the second row and third column, value by value.</summary>
    [Fact]
    public void Values_of_a_patch_are_in_the_published_order()
    {
        using var scope = NewDisposeScope();
        var x = arange(2 * 4 * 6, float32).view(1, 2, 1, 4, 6);
        float[] Patch(bool channelsFirst) => new Patches(2, 1, 2).Patchify(x, channelsFirst).Eager![0, 0, 5].contiguous().data<float>().ToArray();
        Assert.Equal([16, 17, 22, 23, 40, 41, 46, 47], Patch(channelsFirst: true));
        Assert.Equal([16, 40, 17, 41, 22, 46, 23, 47], Patch(channelsFirst: false));
    }
}

using static TorchSharp.torch;

namespace TinySora.LibTorch.Tests;

public class ApiTests
{
    [Fact]
    public void The_list_that_our_own_api_is_held_against_is_true()
    {
        var real = Signatures.Of(typeof(Tensor).Assembly).ToHashSet();
        var listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "torchsharp-api.txt"));
        Assert.Empty(listed.Except(real));
    }
}

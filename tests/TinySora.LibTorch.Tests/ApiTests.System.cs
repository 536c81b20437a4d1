using static TorchSharp.torch;

namespace TinySora.LibTorch.Tests;

public class ApiTests
{
    /// <summary>Golden/torchsharp-api.txt lists the signatures of TorchSharp 0.106 under the names that we have.</summary>
    [Fact]
    public void Every_public_signature_is_one_of_TorchSharps()
    {
        var theirs = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "torchsharp-api.txt"));
        var unknown = Signatures.Of(typeof(Tensor).Assembly)
            .Where(ours => !theirs.Any(line => Signatures.Accepts(line, ours))).ToArray();
        Assert.True(unknown.Length == 0, "Not TorchSharp's:\n" + string.Join("\n", unknown));
    }
}

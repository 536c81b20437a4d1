using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>Base class of frozen transformer encoders. They compute in float32 and are not part of the trained model.</summary>
public abstract class FrozenTransformer : IFrozenTextEncoder
{
    private readonly TransformerShape shape;

    /// <param name="encoder">Name of the encoder in configurations.</param>
    /// <param name="settings">All settings other than the vocabulary and the weights that determine a text's vector.</param>
    /// <param name="weights">The weights that the shape lists, which are disposed with the encoder.</param>
    private protected FrozenTransformer(
        string encoder, TransformerShape shape, IReadOnlyDictionary<string, Tensor> weights, string settings, IEnumerable<string> vocabulary, Device device)
    {
        (this.shape, Weights, Device) = (shape, weights, device);
        Fingerprint = FingerprintOf(settings, vocabulary, weights.Keys.Order(StringComparer.Ordinal));
        Metadata = new Dictionary<string, string> { [$"{encoder}_fingerprint"] = Fingerprint };
    }

    public int Width => shape.Width;

    /// <summary>Fingerprint that differs between encoders with different vectors, so that a model is never used with the wrong encoder.</summary>
    public string Fingerprint { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    private protected Device Device { get; }

    private protected IReadOnlyDictionary<string, Tensor> Weights { get; }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public abstract Tensor Encode(IReadOnlyList<WeightedText> texts);

    public abstract TextStates States(IReadOnlyList<WeightedText> texts);

    public abstract int CountTokens(string text);

    public void Dispose()
    {
        foreach (var weight in Weights.Values)
        {
            weight.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Looks up the vectors of tokens.</summary>
    /// <param name="ids">(B, L).</param>
    /// <returns>(B, L, Width).</returns>
    private protected Tensor Embed(string name, Tensor ids) => Weights[name].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], -1);

    private protected Tensor Linear(string name, Tensor x)
    {
        var (weight, bias) = (Weights[$"{name}.weight"], Weights[$"{name}.bias"]);
        return FlopCounter.Product(
            weight, Kernels.CanMultiply(x, weight) ? Kernels.Multiply(x, weight, bias) : nn.functional.linear(x, weight, bias));
    }

    private protected Tensor Norm(string name, Tensor x) =>
        nn.functional.layer_norm(x, [Width], Weights[$"{name}.weight"], Weights[$"{name}.bias"], shape.Epsilon);

    /// <summary>Computes multi-head self-attention with four linear layers, specified by name.</summary>
    /// <param name="x">(B, L, Width).</param>
    /// <param name="mask">Mask that broadcasts to (B, heads, L, L), true where a token must not attend.</param>
    private protected Tensor Attention(Tensor x, Tensor mask, string query, string key, string value, string output)
    {
        var (b, l) = (x.shape[0], x.shape[1]);
        Tensor Heads(string part) => Linear(part, x).view(b, l, shape.Heads, -1).transpose(1, 2);   // (B, heads, L, d)

        var mixed = (Tensor)ScaledDotProduct.Attend(Heads(query), Heads(key), Heads(value), Math.Pow((double)Width / shape.Heads, -0.5), mask: mask);
        return Linear(output, mixed.transpose(1, 2).reshape(b, l, Width));
    }

    private string FingerprintOf(string settings, IEnumerable<string> vocabulary, IEnumerable<string> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{settings}\n{string.Join('\n', vocabulary)}"));
        foreach (var name in weights)
        {
            using var cpu = Weights[name].cpu();
            hash.AppendData(cpu.bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16)).ToLowerInvariant();
    }
}

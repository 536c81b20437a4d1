using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>Texts as one vector for each of their tokens, for models that attend to them.</summary>
/// <param name="Values">(B, L, D) float32.</param>
/// <param name="Present">(B, L) booleans: false where a text is shorter than the longest.</param>
public sealed record TextStates(Tensor Values, Tensor Present)
{
    /// <param name="texts">(tokens, D) of each.</param>
    public static TextStates Pad(IReadOnlyList<Tensor> texts)
    {
        var length = texts.Max(text => text.shape[0]);
        var values = stack([.. texts.Select(text => nn.functional.pad(text, [0, 0, 0, length - text.shape[0]]))]);
        var lengths = tensor(texts.Select(text => text.shape[0]).ToArray()).to(values.device).unsqueeze(1);
        return new(values, arange(length, device: values.device).unsqueeze(0).lt(lengths));
    }

    /// <summary>Each text by itself again.</summary>
    public IReadOnlyList<Tensor> Each() =>
        [.. Enumerable.Range(0, (int)Values.shape[0]).Select(i => Values[i].narrow(0, 0, Present[i].sum().item<long>()))];
}

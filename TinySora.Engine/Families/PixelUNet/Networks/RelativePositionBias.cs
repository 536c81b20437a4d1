using static TorchSharp.torch;
using Embedding = TorchSharp.Modules.Embedding;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>A learned bias per head and bucket of frame distance, added to the temporal attentions' logits (T5, Raffel et al. 2020).</summary>
public sealed class RelativePositionBias : nn.Module
{
    private const int Buckets = 32;
    private const int MaxDistance = 32;

    private readonly Embedding relative_attention_bias;

    public RelativePositionBias(int heads)
        : base(nameof(RelativePositionBias))
    {
        relative_attention_bias = nn.Embedding(Buckets, heads);
        RegisterComponents();
    }

    /// <returns>(heads, F, F), rows are queries.</returns>
    public Tensor forward(int frames)
    {
        var buckets = new long[frames * frames];
        for (var query = 0; query < frames; query++)
        {
            for (var key = 0; key < frames; key++)
            {
                buckets[query * frames + key] = Bucket(query - key);
            }
        }

        var table = relative_attention_bias.weight!;
        return table.index_select(0, tensor(buckets).to(table.device)).view(frames, frames, -1).permute(2, 0, 1);
    }

    /// <summary>Half of the buckets are for keys in the future; of each half, half are exact and half logarithmic.</summary>
    internal static int Bucket(int distance)
    {
        const int half = Buckets / 2;
        const int exact = half / 2;
        var n = Math.Abs(distance);
        var bucket = n < exact
            ? n
            : Math.Min(half - 1, exact + (int)(Math.Log((double)n / exact) / Math.Log((double)MaxDistance / exact) * (half - exact)));
        return distance < 0 ? half + bucket : bucket;
    }
}

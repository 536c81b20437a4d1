using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Counts how often each code of a codebook is chosen.</summary>
public sealed class CodeUsage(int codes)
{
    private readonly long[] counts = new long[codes];

    /// <summary>Number of times that each code was chosen, indexed by code.</summary>
    public IReadOnlyList<long> Counts => counts;

    /// <summary>Number of different codes that were chosen.</summary>
    public int Used => counts.Count(count => count > 0);

    /// <summary>Fraction of the codebook's codes that were chosen, from 0 to 1.</summary>
    public double Share => (double)Used / counts.Length;

    /// <summary>Perplexity, exp(-sum p log(p + 1e-10)): the number of equally frequent codes that have the same entropy.</summary>
    public double Perplexity
    {
        get
        {
            var total = (double)Math.Max(1, counts.Sum());
            return Math.Exp(-counts.Select(count => count / total).Sum(p => p * Math.Log(p + 1e-10)));
        }
    }

    /// <param name="tokens">int64 of any shape.</param>
    public void Add(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        foreach (var code in tokens.cpu().contiguous().data<long>())
        {
            counts[code]++;
        }
    }
}

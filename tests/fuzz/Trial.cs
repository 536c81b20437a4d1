using System.Security.Cryptography;

namespace TinySora.Fuzz;

/// <summary>Ever new inputs of one format. They follow from the seed and from the inputs that there are at the beginning.</summary>
/// <param name="judge">Reads them.</param>
/// <param name="isNew">Told after each input: whether it goes on as one from which others are made.</param>
internal sealed class Trial(Format format, int seed, Judge judge, Func<bool> isNew)
{
    private readonly Mutator mutator = new(new Random(seed), format.Words);
    private readonly List<byte[]> inputs = [.. format.Samples()];
    private readonly HashSet<string> problems = [];

    public Format Format => format;

    /// <summary>How many inputs were read.</summary>
    public long Count { get; private set; }

    /// <summary>Inputs that were new.</summary>
    public int Kept { get; private set; }

    /// <summary>Problems, each with the first file that showed it.</summary>
    public List<(string Problem, byte[] File)> Findings { get; } = [];

    /// <summary>Reads an input as it is; a sample has to be one from which others can be made.</summary>
    public void Begin(IEnumerable<byte[]> kept)
    {
        foreach (var input in inputs.Concat(kept).ToList())
        {
            Read(input);
        }
    }

    /// <summary>Reads one changed input.</summary>
    /// <returns>The input, if it was new.</returns>
    public byte[]? Next()
    {
        var input = mutator.Change(inputs);
        if (!Read(input))
        {
            return null;
        }

        inputs.Add(input);
        Kept++;
        return input;
    }

    public static string NameOf(byte[] file) => Convert.ToHexString(SHA256.HashData(file))[..12].ToLowerInvariant();

    private bool Read(byte[] input)
    {
        var file = format.Pack(input);
        var problem = judge.Problem(format, file);
        Count++;
        if (problem is not null && problems.Add(problem))
        {
            Findings.Add((problem, file));
        }

        return isNew();
    }
}

using System.Security.Cryptography;

namespace TinySora.Fuzz;

/// <summary>Generates and reads inputs of one format. They depend only on the seed and the initial inputs.</summary>
/// <param name="judge">Reads the inputs.</param>
/// <param name="isNew">Returns whether the last input is new and so is mutated further.</param>
internal sealed class Trial(Format format, int seed, Judge judge, Func<bool> isNew)
{
    private readonly Mutator mutator = new(new Random(seed), format.Words);
    private readonly List<byte[]> inputs = [.. format.Samples()];
    private readonly HashSet<string> problems = [];

    public Format Format => format;

    /// <summary>Number of inputs read.</summary>
    public long Count { get; private set; }

    /// <summary>Number of new inputs.</summary>
    public int Kept { get; private set; }

    /// <summary>Problems, each with the first file that has it.</summary>
    public List<(string Problem, byte[] File)> Findings { get; } = [];

    /// <summary>Reads the initial inputs unchanged, so that their branches count as seen.</summary>
    public void Begin(IEnumerable<byte[]> kept)
    {
        foreach (var input in inputs.Concat(kept).ToList())
        {
            Read(input);
        }
    }

    /// <summary>Reads one mutated input.</summary>
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

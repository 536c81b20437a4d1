using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

internal static class CheckpointAssert
{
    /// <summary>Asserts that two checkpoints contain the same tensors, bit for bit.</summary>
    /// <param name="which">Names of the tensors to compare; <c>null</c> for all.</param>
    public static void SameTensors(string expected, string actual, Predicate<string>? which = null)
    {
        using var scope = NewDisposeScope();
        using var first = SafetensorsFile.Open(expected);
        using var second = SafetensorsFile.Open(actual);
        string[] Names(SafetensorsFile file) => [.. file.Entries.Keys.Where(name => which?.Invoke(name) != false).Order(StringComparer.Ordinal)];
        Assert.Equal(Names(first), Names(second));
        Assert.All(Names(first), name => Assert.True(first.Read(name).bytes.SequenceEqual(second.Read(name).bytes), name));
    }
}

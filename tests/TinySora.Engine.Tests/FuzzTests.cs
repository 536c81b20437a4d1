using TinySora.Fuzz;

namespace TinySora.Engine.Tests;

/// <summary>
/// A few hundred altered files of each format, always the same, are read or refused with a clear error, within limits of time and memory.
/// `build.sh fuzz` tries millions and continues with those that reach new branches.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const int Inputs = 300, Models = 25, Seed = 34;

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. All.Select(format => format.Name)];

    private static IReadOnlyList<Format> All => new FuzzedFormats(Path.Combine(AppContext.BaseDirectory, "Golden")).All;

    /// <summary>Time is not limited in these tests.</summary>
    private Judge Judge => new(folder.Path, TimeSpan.MaxValue);

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Altered_file_is_read_or_refused_with_a_clear_error(string name)
    {
        Trial trial = new(All.Single(format => format.Name == name), Seed, Judge, () => false);
        trial.Begin([]);
        while (trial.Count < (name.StartsWith("import", StringComparison.Ordinal) ? Models : Inputs)) // each of these creates a model
        {
            trial.Next();
        }

        Assert.Empty(trial.Findings.Select(finding => finding.Problem));
    }

    [Fact]
    public void Reader_with_another_error_excessive_memory_or_no_message_is_detected()
    {
        var judge = Judge;
        Assert.Contains("FormatException", judge.Problem(Reading(_ => throw new FormatException()), []), StringComparison.Ordinal);
        Assert.Contains("64 MiB", judge.Problem(Reading(_ => GC.KeepAlive(new byte[65 << 20])), []), StringComparison.Ordinal);
        Assert.Null(judge.Problem(Reading(path => Assert.Equal([1, 2], File.ReadAllBytes(path))), [1, 2]));

        static Format Reading(Action<string> read) => new("some", "some.bin", () => [], read);
    }
}

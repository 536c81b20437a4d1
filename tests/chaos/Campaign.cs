using System.Diagnostics;

namespace TinySora.Chaos;

/// <summary>A problem found by a trial.</summary>
/// <param name="Where">Command and fault, or seed, that reproduce it.</param>
internal sealed record Finding(string Where, string What)
{
    public override string ToString() => $"{Where}: {What}";
}

/// <summary>
/// A run of a chaos program (faults, fuzz, simulation, soak): options, time budget, scratch folder, which is deleted at the end, and findings,
/// which are printed immediately.
/// </summary>
/// <param name="args">Options as pairs of name and value. The build program describes them and starts these programs.</param>
/// <param name="minutes">Default of --minutes.</param>
internal sealed class Campaign(IEnumerable<string> args, double minutes = 1_000_000) : IDisposable
{
    private readonly Dictionary<string, string> options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private string? scratch;

    /// <summary>Number of findings so far.</summary>
    public int Findings { get; private set; }

    /// <summary>Seed of the first trial.</summary>
    public int Seed => Number("--seed", 1);

    public TimeSpan Time => TimeSpan.FromMinutes(double.Parse(this["--minutes"] ?? $"{minutes}"));

    public TimeSpan Elapsed => clock.Elapsed;

    public bool IsOver => Elapsed >= Time;

    /// <summary>Scratch folder, in memory if possible, because flushing to a disk takes most of a trial's time.</summary>
    public string Scratch => scratch ??= Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tinysora-{AppDomain.CurrentDomain.FriendlyName}-{Environment.ProcessId}")).FullName;

    /// <summary>Value of an option; <c>null</c> if it is not specified.</summary>
    public string? this[string option] => options.GetValueOrDefault(option);

    public int Number(string option, int otherwise) => this[option] is string text ? int.Parse(text) : otherwise;

    /// <summary>Whether an option contains a name, or is not specified.</summary>
    public bool Takes(string option, string name) => this[option]?.Split(',').Contains(name) ?? true;

    public void Report(object finding)
    {
        Findings++;
        Console.WriteLine(finding);
    }

    /// <summary>Prints the last line.</summary>
    /// <returns>The exit code.</returns>
    public int End(string what)
    {
        Console.WriteLine(FormattableString.Invariant($"{what} in {Elapsed.TotalMinutes:0.0} minutes from seed {Seed}, {Findings} findings."));
        return Findings > 0 ? 1 : 0;
    }

    /// <summary>Returns start information for this program with the same options, except for changed values.</summary>
    public ProcessStartInfo Rerun(params IEnumerable<(string Option, object Value)> changed)
    {
        Dictionary<string, string> all = new(options);
        foreach (var (option, value) in changed)
        {
            all[option] = FormattableString.Invariant($"{value}");
        }

        return new("dotnet", [Environment.GetCommandLineArgs()[0], .. all.SelectMany(option => new[] { option.Key, option.Value })]);
    }

    public void Dispose()
    {
        if (scratch is not null)
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}

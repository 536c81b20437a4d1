namespace TinySora.Fuzz;

/// <summary>The options of the program, and the folders that follow from them.</summary>
internal sealed class Words(IReadOnlyDictionary<string, string> options)
{
    /// <summary>See <see cref="FuzzedFormats"/>.</summary>
    public string Golden => options["--golden"];

    public int Seed => int.Parse(options.GetValueOrDefault("--seed", "1"));

    public TimeSpan Time => TimeSpan.FromMinutes(double.Parse(options.GetValueOrDefault("--minutes", "10")));

    /// <summary>See <see cref="Judge"/>.</summary>
    public TimeSpan Longest { get; } = TimeSpan.FromSeconds(2);

    /// <summary>A file that is read alone; null: none.</summary>
    public string? Input => options.GetValueOrDefault("--input");

    /// <summary>Where inputs lie while they are read: in memory, where the system has such a folder.</summary>
    public string WorkFolder => Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tinysora-fuzz-{options.GetValueOrDefault("--parent", "0")}");

    public string Findings => Directory.CreateDirectory(Path.Combine(options["--out"], "findings")).FullName;

    public bool Takes(string format) => !options.TryGetValue("--format", out var names) || names.Split(',').Contains(format);

    /// <summary>The inputs of a format that were new in any run.</summary>
    public string CorpusOf(Format format) => Directory.CreateDirectory(Path.Combine(options["--out"], "corpus", format.Name)).FullName;

    public string TallyOf(int process) => Path.Combine(Directory.CreateDirectory(Path.Combine(options["--out"], "tallies")).FullName, $"{process}.txt");

    /// <summary>Keeps a finding and tells of it.</summary>
    public void Save(Format format, string problem, byte[] file)
    {
        var path = Path.Combine(Findings, $"{format.Name}-{Trial.NameOf(file)}{Path.GetExtension(format.FileName)}");
        File.WriteAllBytes(path, file);
        Console.WriteLine($"{format.Name}: {problem}\n  {path}");
    }

    /// <summary>The options of a process that does the work of this one for a while.</summary>
    public IEnumerable<string> For(int seed, TimeSpan time) => new Dictionary<string, string>(options)
    {
        ["--seed"] = $"{seed}", ["--minutes"] = $"{time.TotalMinutes}", ["--parent"] = $"{Environment.ProcessId}",
    }.SelectMany(option => new[] { option.Key, option.Value });
}

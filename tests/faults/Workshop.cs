using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Folder in which commands are disturbed. Their inputs are prepared once.</summary>
internal sealed class Workshop : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("tinysora-faults-").FullName;
    private readonly IReadOnlyDictionary<string, string> variables;
    private readonly PowerShellProgram program;
    private readonly Server server;

    /// <summary>File that is held open while the commands of a scenario run.</summary>
    private FileStream? held;

    /// <param name="isBare">Whether to use a module without native libraries.</param>
    public Workshop(PowerShellProgram program, bool isBare = false)
    {
        Folder = Directory.CreateDirectory(Path.Combine(root, "work")).FullName;
        Layer = new FaultLayer(root, Folder);
        this.program = isBare ? program.Of(module => BareModule.Stage(module, root)) : program;
        variables = new Dictionary<string, string>(Layer.Variables)
        {
            ["PATH"] = $"{this.program.Folder}:{Environment.GetEnvironmentVariable("PATH")}",
            ["TINYSORA_QUEUE"] = Path.Combine(Folder, "queue"),
            ["TINYSORA_RUNTIME"] = Path.Combine(Folder, "runtimes"),
        };
        server = new Server(this.program, Folder, variables);
    }

    /// <summary>Working directory of the commands. Its path never changes, because files may contain it.</summary>
    public string Folder { get; }

    public FaultLayer Layer { get; }

    /// <summary>Runs a command in the persistent process.</summary>
    public Outcome Run(string line) => server.Run(line);

    /// <summary>Starts a command in a separate process.</summary>
    public Child Start(string line) => program.Start(Folder, variables, line);

    /// <summary>Prepares and keeps the inputs of a scenario.</summary>
    /// <exception cref="InvalidOperationException">The preparation fails without any fault.</exception>
    public void Prepare(Scenario scenario)
    {
        Clear();
        foreach (var (name, text) in Scenario.Configurations)
        {
            File.WriteAllText(Path.Combine(Folder, name), text);
        }

        foreach (var line in scenario.Before)
        {
            Undisturbed(line);
        }

        if (Directory.Exists(Kept(scenario)))
        {
            Directory.Delete(Kept(scenario), recursive: true);
        }

        Tree.Copy(Folder, Kept(scenario));
    }

    /// <summary>Resets the folder to the start of a scenario.</summary>
    public void Reset(Scenario scenario)
    {
        Clear();
        Tree.Copy(Kept(scenario), Folder);
        Hold(scenario);
    }

    /// <summary>Fills the folder with the files on a disk after a power failure in a scenario.</summary>
    public void Build(Scenario scenario, IEnumerable<(string Path, Content Content)> files)
    {
        Clear();
        foreach (var (path, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
            File.WriteAllBytes(At(path), content.Bytes);
            File.SetLastWriteTimeUtc(At(path), content.Modified);
        }

        Hold(scenario);
    }

    /// <summary>Runs the command of a scenario twice without a fault, to verify that it is reproducible.</summary>
    /// <returns>The resulting files.</returns>
    public SortedDictionary<string, string> Reference(Scenario scenario)
    {
        Reset(scenario);
        Undisturbed(scenario.Line);
        var should = Tree.Read(Folder);
        Reset(scenario);
        Undisturbed(scenario.Line);
        return Tree.Difference(Tree.Read(Folder), should) is string difference
            ? throw new InvalidOperationException($"{scenario.Name} is not reproducible: {difference}")
            : should;
    }

    /// <summary>Runs a command that must succeed.</summary>
    private void Undisturbed(string line)
    {
        var outcome = Run(line);
        if (!outcome.Succeeded)
        {
            throw new InvalidOperationException($"{line} fails without a fault: {outcome}");
        }
    }

    public void Dispose()
    {
        server.Dispose();
        held?.Dispose();
        Layer.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private void Hold(Scenario scenario)
    {
        if (scenario.Held is string name)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            held = new FileStream(At(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
    }

    private string At(string name) => Path.Combine(Folder, name);

    private string Kept(Scenario scenario) => Path.Combine(root, scenario.Name);

    /// <summary>Empties the folder without deleting it, because it is a process's working directory.</summary>
    private void Clear()
    {
        held?.Dispose();
        held = null;
        foreach (var entry in new DirectoryInfo(Folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }
}

using System.Buffers.Binary;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>A folder in which the cmdlets run in an in-process PowerShell, with a model that trains in a second.</summary>
public sealed class Workspace : IDisposable
{
    public const string TinyConfig = """
        training_data_dir: ./data
        model:
          dim: 8
          dim_mults: [1, 2]
          init_kernel_size: 3
          attn_heads: 2
          attn_dim_head: 8
          text_encoder: learned
          cond_dim: 16
        diffusion:
          height: 16
          frames: 2
          timesteps: 10
          sampler: ddim
          sampling_steps: 2
        trainer:
          train_batch_size: 2
          train_num_steps: 3
          save_model_every: 100
          seed: 1
        """;

    public static readonly string ModuleFolder = Path.GetFullPath(typeof(Workspace).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ModuleFolder").Value!);

    private static readonly Lazy<IReadOnlyList<CmdletInfo>> All = new(() =>
    {
        // The session stays open because PowerShell asks it about parameters.
        var session = ShellSession.In(Path.GetTempPath());
        return [.. session.Run("Get-Command -Module TinySora -CommandType Cmdlet").Objects.Cast<CmdletInfo>().OrderBy(c => c.Name, StringComparer.Ordinal)];
    });

    /// <summary>The files of <see cref="AddCorpus"/>'s videos, which are encoded once.</summary>
    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> CorpusFiles = new(() =>
    {
        using Workspace workspace = new();
        workspace.Good("New-TinySoraDataset all -Count 4 -ImageSize 16 -Frames 3 -Format mp4");
        return workspace.Names("all").ToDictionary(name => name, name => File.ReadAllBytes(workspace.At("all", name)));
    });

    private readonly List<ShellSession> sessions = [];

    public Workspace() => Write("tiny.yaml", TinyConfig);

    /// <summary>A PNG of two by two pixels, one of which is transparent.</summary>
    public static byte[] Picture => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFElEQVR4nGP4z8AARGDw/z+Q+R8ALeQF+57tmMkAAAAASUVORK5CYII=");

    public static IReadOnlyList<string> CmdletNames => [.. Cmdlets.Select(c => c.Name)];

    /// <summary>The parameters as PowerShell sees them.</summary>
    public static IReadOnlyList<CmdletInfo> Cmdlets => All.Value;

    public string Folder { get; } = Directory.CreateTempSubdirectory("tinysora-cmdlets-").FullName;

    /// <summary>
    /// Tests must not depend on native libraries that this user has installed or on runs that they have queued. -Processes starts PowerShell.
    /// Models this small are faster with one thread than with two, much faster on a busy machine. <see cref="ThreadTests"/> covers two threads.
    /// </summary>
    [ModuleInitializer]
    public static void SetEnvironment()
    {
        Environment.SetEnvironmentVariable("TINYSORA_THREADS", Environment.GetEnvironmentVariable("TINYSORA_THREADS") ?? "1");
        var queue = Path.Combine(Path.GetTempPath(), $"tinysora-queue-{Environment.ProcessId}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(queue))
            {
                Directory.Delete(queue, recursive: true);
            }
        };
        Environment.SetEnvironmentVariable("TINYSORA_QUEUE", queue);
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", Path.Combine(Path.GetTempPath(), "tinysora-no-runtime"));
        Environment.SetEnvironmentVariable("PATH", $"{Pwsh.Folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}");
    }

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string[] Names(string folder, string pattern = "*") =>
        Directory.Exists(At(folder)) ? [.. Directory.GetFiles(At(folder), pattern).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)] : [];

    /// <summary>Writes the pictures of a small sprite world into a folder.</summary>
    public void WriteSprites(string folder)
    {
        Directory.CreateDirectory(At(folder));
        foreach (var noun in (string[])["cat", "fire-truck", "owl", "tree", "wolf"])
        {
            File.WriteAllBytes(At(folder, $"{noun}.png"), Picture);
        }
    }

    /// <summary>Reads the size from the header of a PNG (RFC 2083, 4.1.1).</summary>
    public (int Width, int Height) PictureSize(string name)
    {
        var bytes = File.ReadAllBytes(At(name)).AsSpan();
        Assert.Equal("PNG", Encoding.ASCII.GetString(bytes[1..4]));
        return (BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));
    }

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>Returns a session for several consecutive pipelines.</summary>
    public ShellSession Session(Func<string, bool>? confirm = null)
    {
        var session = ShellSession.In(Folder, confirm);
        sessions.Add(session);
        return session;
    }

    /// <summary>Runs a pipeline in a separate session.</summary>
    public ShellRun Run(string pipeline, Func<string, bool>? confirm = null, CancellationToken cancellation = default)
    {
        using var session = ShellSession.In(Folder, confirm);
        return session.Run(pipeline, cancellation);
    }

    /// <summary>Returns the completions at the end of a line.</summary>
    public IReadOnlyList<CompletionResult> Completed(string line)
    {
        using var session = ShellSession.In(Folder);
        return session.Complete(line);
    }

    /// <summary>Runs a pipeline that must succeed without an error.</summary>
    public ShellRun Good(string pipeline)
    {
        var run = Run(pipeline);
        Assert.True(run.Succeeded, run.ErrorOutput);
        return run;
    }

    /// <summary>Runs a pipeline that must fail with exactly one error with advice.</summary>
    public ErrorRecord Bad(string pipeline, string id, ErrorCategory category)
    {
        var error = Assert.Single(Run(pipeline).Errors);
        Assert.StartsWith(id + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.NotEmpty(error.ErrorDetails!.RecommendedAction);
        return error;
    }

    /// <summary>Like <see cref="Bad"/>, but without any program on the PATH.</summary>
    public ErrorRecord BadWithoutPrograms(string pipeline, string id, ErrorCategory category) => WithoutPrograms(() => Bad(pipeline, id, category));

    /// <summary>Runs an action with a PATH that contains none of the system's programs.</summary>
    public T WithoutPrograms<T>(Func<T> work)
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", Folder);
        try
        {
            return work();
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    /// <summary>Creates six clips in ./data and a checkpoint of three steps in ./saved_models.</summary>
    public Workspace Trained()
    {
        Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml");
        return this;
    }

    /// <summary>Creates four videos in MSR-VTT's folder layout in ./msr, captions of two of them in captions.jsonl, and a CLIP in ./clip.</summary>
    public void AddCorpus()
    {
        Needs.FFmpeg();
        Directory.CreateDirectory(At("clip"));
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "clip")))
        {
            File.Copy(file, At("clip", Path.GetFileName(file)));
        }

        Directory.CreateDirectory(At("msr/videos/all"));
        foreach (var (name, bytes) in CorpusFiles.Value)
        {
            File.WriteAllBytes(At("msr/videos/all", name), bytes);
        }

        Write("msr/annotation/MSR_VTT.json", """
            {"annotations": [{"image_id": "00000", "caption": "one"}, {"image_id": "00000", "caption": "two"},
            {"image_id": "00001", "caption": "three"}, {"image_id": "00002", "caption": "four"}, {"image_id": "00003", "caption": "in no split"}]}
            """);
        Write("msr/structured-symlinks/train_list_full.txt", "00000\n00001\n");
        Write("msr/structured-symlinks/val_list_full.txt", "00002\n");
        Write("msr/structured-symlinks/test_list_full.txt", "00009\n");
        Write("captions.jsonl", "{\"file\": \"00000.mp4\", \"captions\": [\"one\", \"two\"]}\n{\"file\": \"00001.mp4\", \"captions\": [\"three\"]}\n");
    }

    /// <summary>Creates a folder with the file names of a libtorch.</summary>
    public void AddLibTorch(string name)
    {
        foreach (var file in (string[])["libtorch_cpu.so", "libtorch_cpu.dylib", "torch_cpu.dll"])
        {
            Write(Path.Combine(name, "lib", file), "no library");
        }
    }

    public void Dispose()
    {
        sessions.ForEach(session => session.Dispose());
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>A trained model shared by all tests of a class that only read it.</summary>
public sealed class TrainedWorkspace : IDisposable
{
    public Workspace Workspace { get; } = new Workspace().Trained();

    public void Dispose() => Workspace.Dispose();
}

/// <summary>Tests of the cmdlets share the engine thread, and some the environment, so they run sequentially.</summary>
[CollectionDefinition(nameof(CmdletTests), DisableParallelization = true)]
public sealed class CmdletTests;

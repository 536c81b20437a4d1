using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace TinySora.Faults;

/// <summary>Controls the library <c>faults.c</c>, which fails selected calls of programs that load it, through shared memory.</summary>
internal sealed class FaultLayer : IDisposable
{
    // The layout of `struct control` in faults.c.
    private const int CallAt = 0, ErrorAt = 4, FromAt = 8, LastsAt = 12, FiredAt = 16, ClockAt = 24, CountsAt = 32, PathAt = 96;
    private const int RecordingAt = 1120, PathLength = 1024, Size = 4096, None = -1;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor control;
    private readonly string trace;

    /// <param name="folder">Output folder for the library and the control file.</param>
    /// <param name="below">Folder whose files are affected.</param>
    public FaultLayer(string folder, string below)
    {
        var library = Path.Combine(folder, "faults.so");
        Compile(Path.Combine(AppContext.BaseDirectory, "faults.c"), library);
        var path = Path.Combine(folder, "control");
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Size);
        control = file.CreateViewAccessor();
        trace = Path.Combine(folder, "trace");
        File.WriteAllBytes(trace, []);
        Disarm();
        Variables = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["TINYSORA_FAULTS"] = path,
            ["TINYSORA_FAULTS_BELOW"] = below,
            ["TINYSORA_FAULTS_TRACE"] = trace,
        };
    }

    /// <summary>Environment variables for programs whose calls can fail.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Number of calls that have failed since <see cref="Arm"/>.</summary>
    public int Fired => control.ReadInt32(FiredAt);

    /// <summary>Path of the file of the first failed call.</summary>
    public string FailedPath
    {
        get
        {
            var bytes = new byte[PathLength];
            control.ReadArray(PathAt, bytes, 0, bytes.Length);
            return Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Max(0, Array.IndexOf(bytes, (byte)0))));
        }
    }

    /// <summary>Offset of the programs' wall clock.</summary>
    public TimeSpan Clock
    {
        set => control.Write(ClockAt, value.Ticks * 100);
    }

    /// <summary>Whether this machine can compile and load the library.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && PowerShellProgram.Finds("gcc");

    /// <summary>Resets the call counts and makes one call fail.</summary>
    /// <param name="number">Number of the call that fails, from 1.</param>
    public void Arm(Fault fault, int number)
    {
        Disarm();
        control.Write(ErrorAt, fault.Error);
        control.Write(FromAt, number);
        control.Write(LastsAt, fault.Lasts ? 1 : 0);
        control.Write(CallAt, (int)fault.Call);
    }

    /// <summary>Resets the call counts and lets all calls succeed.</summary>
    public void Disarm()
    {
        control.Write(CallAt, None);
        control.WriteArray(CountsAt, new byte[PathAt - CountsAt], 0, PathAt - CountsAt);
        control.WriteArray(PathAt, new byte[PathLength], 0, PathLength);
        control.Write(FiredAt, 0);
    }

    /// <summary>Runs an action and returns the changes of programs below the folder, in order.</summary>
    public IReadOnlyList<Operation> Record(Action action)
    {
        using (var records = new FileStream(trace, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            records.SetLength(0);
        }

        control.Write(RecordingAt, 1);
        try
        {
            action();
        }
        finally
        {
            control.Write(RecordingAt, 0);
        }

        return Operation.Read(trace);
    }

    public void Dispose()
    {
        control.Dispose();
        file.Dispose();
    }

    private static void Compile(string source, string library)
    {
        using var compiler = Process.Start("gcc", ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, source]);
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException($"gcc failed to compile {source}.");
        }
    }
}

using System.Runtime.InteropServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// The C interface of an MPI library (MPI 3.1) that is found at run time. The standard leaves the type of handles open: in Open MPI they are pointers to
/// exported objects; in MPICH and its descendants, such as MS-MPI, they are numbers. Both fit into a register.
/// </summary>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>
    /// MPI_THREAD_SERIALIZED: several threads may call MPI, one at a time. Backward passes on GPUs run on a libtorch thread while the caller waits.
    /// </summary>
    private const int OneAtATime = 2;
    private const int LoadNow = 2;
    private const string Mpich = "MPICH";

    /// <summary>How long finalizing may take after all processes have finished.</summary>
    private static readonly TimeSpan LongestLeave = TimeSpan.FromSeconds(5);

    private readonly delegate* unmanaged[Cdecl]<nint, nint, int, int*, int> initThread;
    private readonly delegate* unmanaged[Cdecl]<int> finalize;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> rank;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> size;
    private readonly delegate* unmanaged[Cdecl]<nint, void*, int, nint, nint, nint, int> allreduce;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int> allgather;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, int> bcast;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, nint*, int> ibcast;
    private readonly delegate* unmanaged[Cdecl]<nint*, int*, nint, int> test;
    private readonly delegate* unmanaged[Cdecl]<nint, int, int> abort;

    private readonly nint world;
    private readonly nint singles;
    private readonly nint bytes;
    private readonly nint sum;
    private readonly nint inPlace;
    private readonly nint noStatus;

    private MpiLibrary(nint library, string path)
    {
        nint Of(string name) => NativeLibrary.TryGetExport(library, name, out var address)
            ? address : throw ProcessErrors.MpiMissing([path], $"it does not export {name}");
        initThread = (delegate* unmanaged[Cdecl]<nint, nint, int, int*, int>)Of("MPI_Init_thread");
        finalize = (delegate* unmanaged[Cdecl]<int>)Of("MPI_Finalize");
        rank = (delegate* unmanaged[Cdecl]<nint, int*, int>)Of("MPI_Comm_rank");
        size = (delegate* unmanaged[Cdecl]<nint, int*, int>)Of("MPI_Comm_size");
        allreduce = (delegate* unmanaged[Cdecl]<nint, void*, int, nint, nint, nint, int>)Of("MPI_Allreduce");
        allgather = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int>)Of("MPI_Allgather");
        bcast = (delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, int>)Of("MPI_Bcast");
        ibcast = (delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, nint*, int>)Of("MPI_Ibcast");
        test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)Of("MPI_Test");
        abort = (delegate* unmanaged[Cdecl]<nint, int, int>)Of("MPI_Abort");
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out world))
        {
            (Name, singles, bytes, sum) = ("Open MPI", Of("ompi_mpi_float"), Of("ompi_mpi_byte"), Of("ompi_mpi_op_sum"));
            (inPlace, noStatus) = (1, 0);
        }
        else
        {
            // The values in mpi.h, which MPICH's ABI keeps stable across versions.
            (Name, world, singles, bytes, sum) = (OperatingSystem.IsWindows() ? "MS-MPI" : Mpich, 0x44000000, 0x4c00040a, 0x4c00010d, 0x58000003);
            (inPlace, noStatus) = (-1, 1);
        }
    }

    public string Name { get; }

    /// <summary>Finds the launcher's MPI library and joins the other processes. All later calls must be serialized.</summary>
    /// <exception cref="TinySoraException">MpiMissing.</exception>
    public static MpiLibrary Start()
    {
        var names = Names().ToList();
        var problem = "";
        foreach (var name in names)
        {
            try
            {
                var library = new MpiLibrary(Load(name), name);
                int provided;
                Check(library.initThread(0, 0, OneAtATime, &provided));
                return library;
            }
            catch (DllNotFoundException e)
            {
                problem = e.Message.Trim().Split('\n')[^1].Trim();
            }
        }

        throw ProcessErrors.MpiMissing(names, problem);
    }

    public int Rank => Number(rank);

    public int Count => Number(size);

    /// <summary>Replaces the values with their element-wise sum over all processes.</summary>
    public void Sum(Span<float> values)
    {
        fixed (float* start = values)
        {
            Check(allreduce(inPlace, start, values.Length, singles, sum, world));
        }
    }

    /// <param name="own">Values of this process; they have the same length in all processes.</param>
    /// <param name="all">The values of all processes, in the order of their ranks.</param>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        fixed (byte* from = own, to = all)
        {
            Check(allgather(from, own.Length, bytes, to, own.Length, bytes, world));
        }
    }

    public void Broadcast(Span<byte> values)
    {
        fixed (byte* start = values)
        {
            Check(bcast(start, values.Length, bytes, 0, world));
        }
    }

    /// <summary>Sends the bytes of process 0 to all other processes. While the data is being sent, <paramref name="wait"/> is called repeatedly.</summary>
    public void Broadcast(Span<byte> values, Action wait)
    {
        fixed (byte* start = values)
        {
            nint request = 0;
            var done = 0;
            Check(ibcast(start, values.Length, bytes, 0, world, &request));
            for (Check(test(&request, &done, noStatus)); done == 0; Check(test(&request, &done, noStatus)))
            {
                wait();
            }
        }
    }

    public void Abort() => _ = abort(world, 1);

    /// <summary>
    /// Finalizes MPI and returns when all processes have done so. MPICH 4.0 over UCX may hang here if another machine finalized slightly earlier, so the
    /// process exits after a time limit. The launcher accepts this exit.
    /// </summary>
    public void End()
    {
        using var limit = Name == Mpich ? new Timer(_ => ExitProcess(Environment.ExitCode), null, LongestLeave, Timeout.InfiniteTimeSpan) : null;
        _ = finalize();
    }

    private static IEnumerable<string> Names() =>
        Environment.GetEnvironmentVariable(MpiLaunch.LibraryVariable) is { Length: > 0 } file ? [file]
        : OperatingSystem.IsWindows() ? ["msmpi.dll", "impi.dll"]
        : OperatingSystem.IsMacOS() ? MpiLaunch.IsOpenMpi ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.12.dylib", "libmpi.dylib"]
        : MpiLaunch.IsOpenMpi ? ["libmpi.so.40", "libmpi.so"] : ["libmpich.so.12", "libmpi.so.12", "libmpi.so.40"];

    /// <summary>Loads a library and exports its symbols to libraries that are loaded later, as Open MPI plugins require.</summary>
    private static nint Load(string name)
    {
        var file = NativeFile.Installed(name) ?? throw new DllNotFoundException($"{name} was not found in the system's folders.");
        if (OperatingSystem.IsWindows())
        {
            return NativeLibrary.Load(file);
        }

        const int GlobalOnMac = 8;
        const int GlobalOnLinux = 256;
        var library = Open(file, LoadNow | (OperatingSystem.IsMacOS() ? GlobalOnMac : GlobalOnLinux));
        return library != 0 ? library : throw new DllNotFoundException(Marshal.PtrToStringUTF8(OpenError()));
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string name, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint OpenError();

    /// <summary>Ends the process immediately, without waiting for any thread.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitProcess(int status);

    private int Number(delegate* unmanaged[Cdecl]<nint, int*, int> ask)
    {
        int number;
        Check(ask(world, &number));
        return number;
    }

    /// <summary>Throws an exception if a call failed. By default, MPI itself ends the processes on an error.</summary>
    private static void Check(int code)
    {
        if (code != 0)
        {
            throw ProcessErrors.MpiFailed(code);
        }
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// The processes that train a model together. The group includes this process, which is often the only one. All processes must call the
/// same methods of their groups in the same order, on their engine threads.
/// </summary>
public sealed class ProcessGroup
{
    /// <summary>
    /// Maximum number of elements per MPI call. MPI counts have 32 bits, and chunks of this size fit into the CPU caches, which halves the time.
    /// </summary>
    private const long MaxElements = 1 << 22;

    /// <summary>How long a waiting process polls continuously, which keeps a core busy, before it sleeps between polls.</summary>
    private static readonly TimeSpan BusyWait = TimeSpan.FromMilliseconds(2);

    private const int NoText = -1;
    private const int NoMore = -2;

    private static ProcessGroup? s_joined;

    private readonly MpiLibrary? mpi;
    private NcclLibrary? nccl;
    private bool hasLookedForNccl;
    private ProcessMonitor? watch;
    private bool hasEnded;

    internal ProcessGroup(MpiLibrary? mpi) => (this.mpi, Rank, Count) = (mpi, mpi?.Rank ?? 0, mpi?.Count ?? 1);

    public static ProcessGroup Alone { get; } = new(null);

    public int Rank { get; }

    public int Count { get; }

    /// <summary>Index of this process among those on its machine, from 0.</summary>
    public int LocalRank { get; private set; }

    public bool IsAlone => Count == 1;

    public string Library => nccl is null ? mpi?.Name ?? "" : $"{mpi!.Name} and NCCL";

    /// <summary>The group that this process has joined; before it joins, a group that contains only this process.</summary>
    internal static ProcessGroup Current => s_joined ?? Alone;

    /// <summary>
    /// Joins the other processes that the same launcher started. Must be called on the engine thread, where MPI is initialized and finalized.
    /// </summary>
    /// <exception cref="TinySoraException">MpiMissing, OtherMpi, BadProcessLimit.</exception>
    public static ProcessGroup Join()
    {
        if (!MpiLaunch.IsActive)
        {
            return Alone;
        }

        s_joined ??= Begin(); // once: MPI cannot be initialized twice
        s_joined.CheckLauncher();
        return s_joined;
    }

    /// <summary>Checks that the MPI library belongs to the launcher; that of another one starts, but reports a single process.</summary>
    /// <exception cref="TinySoraException">OtherMpi.</exception>
    internal void CheckLauncher()
    {
        if (IsAlone && MpiLaunch.HasPeers)
        {
            throw ProcessErrors.OtherMpi(Library);
        }
    }

    /// <summary>Returns this process's part of a micro-batch; <c>null</c> if it is the only process.</summary>
    public BatchShare? ShareOf(int examples) => IsAlone ? null : SharesOf(examples)[Rank];

    /// <summary>Returns each process's part of a micro-batch, in order of rank.</summary>
    public IReadOnlyList<BatchShare> SharesOf(int examples) => BatchShare.Divide(examples, Count, Sum);

    /// <param name="values">Contiguous float32 tensor.</param>
    public void Sum(Tensor values) => RunCollective(values, gpus => gpus.Sum(values), part => mpi!.Sum(MemoryMarshal.Cast<byte, float>(part)));

    /// <param name="values">Contiguous tensor.</param>
    public void Broadcast(Tensor values) => RunCollective(values, gpus => gpus.Broadcast(values), part => mpi!.Broadcast(part));

    /// <summary>
    /// Sends the value of process 0 to all processes, and returns it. The other processes may wait for it indefinitely, using almost no CPU time.
    /// </summary>
    public T BroadcastValue<T>(T value)
        where T : unmanaged
    {
        if (mpi is not null)
        {
            watch?.RecordCall(isPatient: true);
            var clock = Stopwatch.StartNew();
            mpi.Broadcast(MemoryMarshal.AsBytes(new Span<T>(ref value)), () =>
            {
                if (clock.Elapsed < BusyWait)
                {
                    Thread.Yield();
                }
                else
                {
                    Thread.Sleep(1);
                }
            });
        }

        return value;
    }

    /// <summary>Sends the text of process 0 to all processes, and returns it; returns <c>null</c> if that text is <c>null</c> or process 0 has ended.</summary>
    public string? BroadcastValue(string? text)
    {
        var bytes = text is null ? null : Encoding.UTF8.GetBytes(text);
        var length = hasEnded ? NoMore : BroadcastValue(bytes?.Length ?? NoText);
        hasEnded = length == NoMore;
        if (length < 0)
        {
            return null;
        }

        bytes ??= new byte[length];
        watch?.RecordCall(isPatient: false);
        mpi?.Broadcast(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Collects one text from each process, and returns all texts in order of rank.</summary>
    public IReadOnlyList<string> Gather(string text)
    {
        if (mpi is null)
        {
            return [text];
        }

        watch?.RecordCall(isPatient: false);
        var lengths = new int[Count];
        var own = Encoding.UTF8.GetBytes(text);
        mpi.Gather(BitConverter.GetBytes(own.Length), MemoryMarshal.AsBytes(lengths.AsSpan()));
        var longest = lengths.Max();
        var all = new byte[longest * Count];
        Array.Resize(ref own, longest);
        mpi.Gather(own, all);
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(all, rank * longest, length))];
    }

    /// <summary>Ends all processes. If one process fails while the others wait for it, nothing else can end the wait.</summary>
    public void Abort(Exception failure)
    {
        FatalMessage.Write($"Process {Rank} (ranks 0 to {Count - 1}) on {Environment.MachineName} failed, so all processes are ending: {failure.Message}");
        mpi?.Abort();
    }

    private static ProcessGroup Begin()
    {
        using var limit = ProcessMonitor.LimitJoining();
        var group = new ProcessGroup(MpiLibrary.Start());
        EngineThread.OnExit(group.Leave);
        if (!group.IsAlone)
        {
            group.watch = ProcessMonitor.Start(group);
            group.LocalRank = LocalRankOf(group.Gather(Environment.MachineName), group.Rank);
        }

        return group;
    }

    /// <param name="machines">Machine names of all processes, in order of rank.</param>
    internal static int LocalRankOf(IReadOnlyList<string> machines, int rank) => machines.Take(rank).Count(machine => machine == machines[rank]);

    /// <summary>Waits until process 0 ends, because it may need the other processes until then.</summary>
    internal void Leave()
    {
        if (!hasEnded && BroadcastValue(NoMore) != NoMore)
        {
            Abort(ProcessErrors.EndedEarly());
        }

        Gather(""); // waits for late processes, without a time limit
        mpi!.End();
        watch?.Dispose();
    }

    /// <summary>Returns the NCCL connection between the GPUs, which the first call creates; <c>null</c> if data must pass through CPU memory.</summary>
    private NcclLibrary? Nccl(Tensor values)
    {
        if (values.device_type != TorchSharp.DeviceType.CUDA)
        {
            return null;
        }

        if (!hasLookedForNccl)
        {
            hasLookedForNccl = true;
            nccl = NcclLibrary.Join(this, values.device.index);
        }

        return nccl;
    }

    /// <summary>Applies an action to the bytes of a tensor, in chunks that fit into a span.</summary>
    /// <param name="values">Contiguous tensor in CPU memory.</param>
    internal static void ForEachChunk(Tensor values, ChunkAction action)
    {
        using var scope = NewDisposeScope();
        var flat = values.view(-1);
        for (var first = 0L; first < flat.numel(); first += MaxElements)
        {
            action(flat.narrow(0, first, Math.Min(MaxElements, flat.numel() - first)).bytes);
        }
    }

    /// <summary>Runs a collective operation, directly between GPUs if NCCL is available and otherwise through CPU memory.</summary>
    private void RunCollective(Tensor values, Action<NcclLibrary> direct, ChunkAction through)
    {
        if (IsAlone)
        {
            return;
        }

        watch?.RecordCall(isPatient: false);
        if (Nccl(values) is NcclLibrary gpus)
        {
            direct(gpus);
            return;
        }

        using var scope = NewDisposeScope();
        var here = values.cpu();
        ForEachChunk(here, through);
        if (values.device_type != TorchSharp.DeviceType.CPU)
        {
            values.copy_(here);
        }
    }

    internal delegate void ChunkAction(Span<byte> part);
}

/// <summary>The message that a process writes immediately before it ends all processes. Afterwards, nothing else can report the error.</summary>
internal static class FatalMessage
{
    /// <summary>
    /// Time for the launcher to read the message. A launcher may drop unread output when it ends processes; MPICH's did in a few percent of cases.
    /// </summary>
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(1);

    public static void Write(string text)
    {
        Console.Error.WriteLine(text);
        Console.Error.Flush();
        Thread.Sleep(Reading);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Checks that the other processes are alive and make progress. An MPI call waits indefinitely for a process that hangs, so the monitor uses its own thread
/// and connections. At regular intervals, called beats, process 0 and each other process send each other the number of group calls that they have begun and
/// the CPU time that they have used. A receiver counts silence in its own beats, so processes that are suspended together do not report each other as lost.
/// </summary>
internal sealed class ProcessMonitor : IDisposable
{
    /// <summary>Environment variable with the number of seconds that a process may remain silent.</summary>
    public const string LimitVariable = "TINYSORA_PROCESS_LIMIT";

    private const double DefaultSeconds = 120;
    private const double MaxSeconds = 1e6;

    /// <summary>Number of beats within the time limit.</summary>
    private const int Beats = 20;

    /// <summary>
    /// Number of beats that the launcher gets to end all processes after one has ended. If the launcher does so in time, this monitor need not report
    /// anything.
    /// </summary>
    private const int BeatsOfLauncher = 5;

    /// <summary>Maximum delay of a process that is alive, as a multiple of the time limit.</summary>
    private const int Patience = 15;

    /// <summary>Maximum delay of a process that computes nothing, as a multiple of the time limit.</summary>
    private const int PatienceWithIdle = 2;

    /// <summary>
    /// Minimum fraction of one core that a process uses if it makes progress, however slowly. A process whose threads are all blocked uses a thousandth or
    /// less, for its monitor and for .NET itself.
    /// </summary>
    private const double MinWork = 0.01;

    /// <summary>How long process 0 waits for the other processes to connect.</summary>
    private static readonly TimeSpan Search = TimeSpan.FromSeconds(30);

    private readonly List<Peer> peers;
    private readonly double seconds;
    private readonly Action<int, string> lose;
    private readonly Func<TimeSpan> worked;
    private readonly ManualResetEventSlim ended = new();
    private Thread? thread;
    private long calls;
    private volatile bool isPatient;

    /// <param name="connections">Connections to the watched processes, by rank.</param>
    /// <param name="seconds">Time limit in seconds for which a process may remain silent.</param>
    /// <param name="lose">Action that receives the rank of a lost process and a description of what happened to it.</param>
    /// <param name="worked">Function that returns this process's CPU time; <c>null</c> to query the system.</param>
    public ProcessMonitor(IReadOnlyDictionary<int, Socket> connections, double seconds, Action<int, string> lose, Func<TimeSpan>? worked = null)
    {
        peers = [.. connections.Select(item => new Peer(item.Key, item.Value))];
        (this.seconds, this.lose, this.worked) = (seconds, lose, worked ?? ProcessorTime);
    }

    /// <exception cref="TinySoraException">BadProcessLimit.</exception>
    private static double LimitSeconds => Environment.GetEnvironmentVariable(LimitVariable) is not { Length: > 0 } text ? DefaultSeconds
        : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < MaxSeconds ? seconds
        : throw ProcessErrors.BadProcessLimit(text);

    /// <summary>Starts a timer that ends this process if the others have not joined in time. Disposing the returned object cancels the timer.</summary>
    /// <exception cref="TinySoraException">BadProcessLimit.</exception>
    public static IDisposable LimitJoining()
    {
        var seconds = Patience * LimitSeconds;
        return new Timer(_ => EndProcess(ProcessErrors.NotJoined(seconds)), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts monitoring the other processes of the group. All processes must call this method.</summary>
    public static ProcessMonitor Start(ProcessGroup group)
    {
        var (seconds, machines) = (LimitSeconds, group.Gather(Environment.MachineName));
        var connections = group.Rank == 0 ? Invite(group, machines) : Find(group);
        var watch = new ProcessMonitor(connections, seconds, (rank, what) => EndProcess(ProcessErrors.Lost(rank, group.Count, machines[rank], what)));
        watch.thread = new Thread(() =>
        {
            while (!watch.ended.Wait(TimeSpan.FromSeconds(seconds / Beats)))
            {
                watch.Beat();
            }
        }) { IsBackground = true, Name = "TinySora watch" };
        watch.thread.Start();
        return watch;
    }

    /// <summary>Counts a group call. Must be called before each group call.</summary>
    /// <param name="isPatient">Whether the other processes may be late for this call without a time limit.</param>
    public void RecordCall(bool isPatient)
    {
        this.isPatient = isPatient;
        Interlocked.Increment(ref calls);
    }

    /// <summary>Sends this process's progress to the other processes and receives theirs.</summary>
    public void Beat()
    {
        var own = Interlocked.Read(ref calls);
        foreach (var peer in peers.Where(peer => !peer.HasLeft))
        {
            peer.Receive(); // before sending: if the other end is closed, sending makes Windows discard the last message from there
            peer.Send(own, worked());
            peer.CountBeat(isLate: peer.Calls < own && !isPatient);
            if (peer is { HasLeft: false, IsGone: true, Silent: >= BeatsOfLauncher })
            {
                lose(peer.Rank, "ended unexpectedly");
            }
            else if (peer is { HasLeft: false, Silent: >= Beats })
            {
                lose(peer.Rank, FormattableString.Invariant(
                    $"has not responded for {seconds} seconds: it is hanging, or its machine is unreachable"));
            }
            else if (peer is { HasLeft: false, Late: >= Beats * PatienceWithIdle }
                && peer.CpuTimeWhileLate.TotalSeconds < MinWork * peer.Late * seconds / Beats)
            {
                lose(peer.Rank, FormattableString.Invariant(
                    $"is alive, but has computed nothing for {PatienceWithIdle * seconds} seconds while the others waited for it, so it is stuck"));
            }
            else if (peer is { HasLeft: false, Late: >= Beats * Patience })
            {
                lose(peer.Rank, FormattableString.Invariant($"is alive, but the others have waited {Patience * seconds} seconds for it"));
            }
        }
    }

    /// <summary>Notifies the other processes that this one is leaving, and closes the connections.</summary>
    public void Dispose()
    {
        ended.Set();
        thread?.Join();
        foreach (var peer in peers)
        {
            peer.Dispose();
        }

        ended.Dispose();
    }

    private static Dictionary<int, Socket> Invite(ProcessGroup group, IReadOnlyList<string> machines)
    {
        using var rendezvous = MonitorRendezvous.TryOpen();
        group.BroadcastValue(rendezvous?.Invitation);
        var found = rendezvous?.Accept(group.Count - 1, Search) ?? [];
        if (Enumerable.Range(1, group.Count - 1).Where(rank => !found.ContainsKey(rank)).ToList() is { Count: > 0 } missing)
        {
            Console.Error.WriteLine("Some processes can reach process 0 on "
                + $"{machines[0]} only through MPI, perhaps because of a firewall: {string.Join(", ", missing.Select(rank => $"{rank} on {machines[rank]}"))}. "
                + "Training works, but if one of these processes hangs, the others will not notice.");
        }

        return found;
    }

    private static Dictionary<int, Socket> Find(ProcessGroup group) =>
        group.BroadcastValue((string?)null) is string invitation && MonitorRendezvous.Connect(invitation, group.Rank) is Socket socket
            ? new() { [0] = socket } : [];

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>Ends this process without waiting for its threads. Its launcher or the other monitors then end the other processes.</summary>
    private static void EndProcess(TinySoraException failure)
    {
        FatalMessage.Write($"{failure.Message} {failure.Advice}");
        Process.GetCurrentProcess().Kill();
    }

    private sealed class Peer : IDisposable
    {
        private const long LeaveMessage = -1;

        private readonly Socket socket;

        /// <summary>Unsent bytes of a message that was sent only in part.</summary>
        private byte[] rest = [];

        private TimeSpan worked;
        private TimeSpan workedBefore;

        public Peer(int rank, Socket socket)
        {
            (Rank, this.socket) = (rank, socket);
            socket.NoDelay = true;
            socket.Blocking = false;
        }

        public int Rank { get; }

        /// <summary>Number of group calls that the process has begun.</summary>
        public long Calls { get; private set; }

        /// <summary>Number of beats since the process last sent anything.</summary>
        public int Silent { get; private set; }

        /// <summary>Number of beats for which the process has not yet begun the group call that the monitoring process has begun.</summary>
        public int Late { get; private set; }

        /// <summary>CPU time that the process has used while it was late.</summary>
        public TimeSpan CpuTimeWhileLate => worked - workedBefore;

        public bool HasLeft { get; private set; }

        public bool IsGone { get; private set; }

        /// <param name="count">Number of group calls that the sender has begun.</param>
        /// <param name="own">CPU time that the sender has used.</param>
        public void Send(long count, TimeSpan own) => Try(() =>
        {
            byte[] bytes = [.. rest, .. BitConverter.GetBytes(count), .. BitConverter.GetBytes(own.Ticks)];
            var sent = socket.Send(bytes);
            rest = sent > rest.Length ? bytes[sent..] : rest[sent..];
        });

        /// <summary>Counts a beat in which the other process is late, or resets the count if it is not.</summary>
        public void CountBeat(bool isLate)
        {
            Late = isLate ? Late + 1 : 0;
            workedBefore = Late <= 1 ? worked : workedBefore;
        }

        public void Receive()
        {
            Silent++;
            Try(() =>
            {
                Span<byte> word = stackalloc byte[2 * sizeof(long)];
                while (socket.Available >= word.Length)
                {
                    socket.Receive(word);
                    var count = BitConverter.ToInt64(word);
                    (HasLeft, Silent, Late) = (HasLeft || count == LeaveMessage, 0, count > Calls ? 0 : Late);
                    Calls = Math.Max(Calls, count);
                    worked = TimeSpan.FromTicks(BitConverter.ToInt64(word[sizeof(long)..]));
                }

                IsGone |= socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
            });
        }

        public void Dispose()
        {
            Send(LeaveMessage, TimeSpan.Zero);
            Try(() => socket.Shutdown(SocketShutdown.Send));
            Receive(); // unread data would make the system discard the leave message
            socket.Dispose();
        }

        private void Try(Action action)
        {
            try
            {
                action();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                // Nothing can be sent; the missing message counts as silence.
            }
            catch (SocketException)
            {
                IsGone = true;
            }
        }
    }
}

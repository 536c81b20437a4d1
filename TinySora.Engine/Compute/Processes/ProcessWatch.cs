using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Sees that the other processes live and come along. A call of MPI waits for ever for a process that hangs, so this goes on beside it, on a thread
/// and on connections of its own: the first process and each of the others tell each other now and then how many of the group's calls they have
/// begun, and how much processor time they have used. Silence is counted in the listener's own beats, for then processes that a scheduler suspends
/// together do not miss each other.
/// </summary>
internal sealed class ProcessWatch : IDisposable
{
    /// <summary>The environment variable that says for how many seconds a process may be silent.</summary>
    public const string LimitVariable = "TINYSORA_PROCESS_LIMIT";

    private const double DefaultSeconds = 120;
    private const double MostSeconds = 1e6;

    /// <summary>Beats within the time limit.</summary>
    private const int Beats = 20;

    /// <summary>Beats within which the launcher ends all processes once one has ended, so that nothing need be said.</summary>
    private const int BeatsOfLauncher = 5;

    /// <summary>Multiple of the time limit by which a process that is alive may be late.</summary>
    private const int Patience = 15;

    /// <summary>Multiple of the time limit by which a process may be late that computes nothing meanwhile.</summary>
    private const int PatienceWithIdle = 2;

    /// <summary>
    /// Share of one core that a process uses at least that comes along, however slowly. One in which no thread goes on uses a thousandth or less: for
    /// its watch and what .NET does by itself.
    /// </summary>
    private const double LeastWork = 0.01;

    /// <summary>How long the first process waits for the others to find it, where something is in between.</summary>
    private static readonly TimeSpan Search = TimeSpan.FromSeconds(30);

    private readonly List<Companion> companions;
    private readonly double seconds;
    private readonly Action<int, string> lose;
    private readonly Func<TimeSpan> worked;
    private readonly ManualResetEventSlim ended = new();
    private Thread? thread;
    private long calls;
    private volatile bool isPatient;

    /// <param name="connections">To the others that this process sees, by rank.</param>
    /// <param name="seconds">The limit.</param>
    /// <param name="lose">What is done about one that is lost: its rank, and what has become of it.</param>
    /// <param name="worked">Processor time of this process; null: as the system tells.</param>
    public ProcessWatch(IReadOnlyDictionary<int, Socket> connections, double seconds, Action<int, string> lose, Func<TimeSpan>? worked = null)
    {
        companions = [.. connections.Select(item => new Companion(item.Key, item.Value))];
        (this.seconds, this.lose, this.worked) = (seconds, lose, worked ?? ProcessorTime);
    }

    /// <exception cref="TinySoraException">BadProcessLimit.</exception>
    private static double LimitSeconds => Environment.GetEnvironmentVariable(LimitVariable) is not { Length: > 0 } text ? DefaultSeconds
        : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < MostSeconds ? seconds
        : throw ProcessErrors.BadProcessLimit(text);

    /// <summary>Ends this process if it still waits for others that do not start; until it is disposed.</summary>
    /// <exception cref="TinySoraException">BadProcessLimit.</exception>
    public static IDisposable LimitJoining()
    {
        var seconds = Patience * LimitSeconds;
        return new Timer(_ => EndProcess(ProcessErrors.NotJoined(seconds)), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins to watch the other processes of the group; all processes begin together.</summary>
    public static ProcessWatch Begin(ProcessGroup group)
    {
        var (seconds, machines) = (LimitSeconds, group.Gather(Environment.MachineName));
        var connections = group.Rank == 0 ? Invite(group, machines) : Find(group);
        var watch = new ProcessWatch(connections, seconds, (rank, what) => EndProcess(ProcessErrors.Lost(rank, group.Count, machines[rank], what)));
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

    /// <summary>Counts a call of the group; to be called before each.</summary>
    /// <param name="isPatient">Others may be as late to it as they like.</param>
    public void Call(bool isPatient)
    {
        this.isPatient = isPatient;
        Interlocked.Increment(ref calls);
    }

    /// <summary>Tells the others that this process lives, and listens to them.</summary>
    public void Beat()
    {
        var own = Interlocked.Read(ref calls);
        foreach (var companion in companions.Where(companion => !companion.HasLeft))
        {
            companion.Listen(); // first: where the other end is closed, Windows forgets its last word once it is spoken to
            companion.Tell(own, worked());
            companion.Wait(companion.Calls < own && !isPatient);
            if (companion is { HasLeft: false, IsGone: true, Silent: >= BeatsOfLauncher })
            {
                lose(companion.Rank, "has ended without a word");
            }
            else if (companion is { HasLeft: false, Silent: >= Beats })
            {
                lose(companion.Rank, FormattableString.Invariant(
                    $"has given no sign of life for {seconds} seconds: it hangs, or its machine cannot be reached"));
            }
            else if (companion is { HasLeft: false, Late: >= Beats * PatienceWithIdle }
                && companion.WorkedLate.TotalSeconds < LeastWork * companion.Late * seconds / Beats)
            {
                lose(companion.Rank, FormattableString.Invariant(
                    $"lives, but has computed nothing for {PatienceWithIdle * seconds} seconds while others waited for its part: it stands still"));
            }
            else if (companion is { HasLeft: false, Late: >= Beats * Patience })
            {
                lose(companion.Rank, FormattableString.Invariant($"lives, but others have waited for its part for {Patience * seconds} seconds"));
            }
        }
    }

    /// <summary>Tells the other processes that this one leaves, and closes the connections.</summary>
    public void Dispose()
    {
        ended.Set();
        thread?.Join();
        foreach (var companion in companions)
        {
            companion.Dispose();
        }

        ended.Dispose();
    }

    private static Dictionary<int, Socket> Invite(ProcessGroup group, IReadOnlyList<string> machines)
    {
        using var rendezvous = WatchRendezvous.TryOpen();
        group.OfFirst(rendezvous?.Invitation);
        var found = rendezvous?.Accept(group.Count - 1, Search) ?? [];
        if (Enumerable.Range(1, group.Count - 1).Where(rank => !found.ContainsKey(rank)).ToList() is { Count: > 0 } missing)
        {
            Console.Error.WriteLine($"Process {string.Join(", ", missing.Select(rank => $"{rank} on {machines[rank]}"))} found no way to process 0 on "
                + $"{machines[0]} but MPI's: a firewall may be between. It trains with the others, but nobody notices if it hangs.");
        }

        return found;
    }

    private static Dictionary<int, Socket> Find(ProcessGroup group) =>
        group.OfFirst((string?)null) is string invitation && WatchRendezvous.Connect(invitation, group.Rank) is Socket socket ? new() { [0] = socket } : [];

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>Ends this process without waiting for any of its threads; then the launcher ends the others, or their watches do.</summary>
    private static void EndProcess(TinySoraException failure)
    {
        LastWords.Say($"{failure.Message} {failure.Advice}");
        Process.GetCurrentProcess().Kill();
    }

    private sealed class Companion : IDisposable
    {
        private const long Farewell = -1;

        private readonly Socket socket;
        private TimeSpan worked;
        private TimeSpan workedBefore;

        public Companion(int rank, Socket socket)
        {
            (Rank, this.socket) = (rank, socket);
            socket.NoDelay = true;
            socket.Blocking = false;
        }

        public int Rank { get; }

        /// <summary>The number of the group's calls that this process has begun.</summary>
        public long Calls { get; private set; }

        /// <summary>Beats since the process last said anything.</summary>
        public int Silent { get; private set; }

        /// <summary>Beats since the process could have begun the call that this one is in.</summary>
        public int Late { get; private set; }

        /// <summary>Processor time that the process has used in those beats.</summary>
        public TimeSpan WorkedLate => worked - workedBefore;

        public bool HasLeft { get; private set; }

        public bool IsGone { get; private set; }

        /// <param name="count">Calls that this process has begun.</param>
        /// <param name="own">Processor time that it has used.</param>
        public void Tell(long count, TimeSpan own) => Try(() => socket.Send([.. BitConverter.GetBytes(count), .. BitConverter.GetBytes(own.Ticks)]));

        /// <summary>Counts a beat in which this process does, or does not, wait for the other one's part.</summary>
        public void Wait(bool isLate)
        {
            Late = isLate ? Late + 1 : 0;
            workedBefore = Late <= 1 ? worked : workedBefore;
        }

        public void Listen()
        {
            Silent++;
            Try(() =>
            {
                Span<byte> word = stackalloc byte[2 * sizeof(long)];
                while (socket.Available >= word.Length)
                {
                    socket.Receive(word);
                    var count = BitConverter.ToInt64(word);
                    (HasLeft, Silent, Late) = (HasLeft || count == Farewell, 0, count > Calls ? 0 : Late);
                    Calls = Math.Max(Calls, count);
                    worked = TimeSpan.FromTicks(BitConverter.ToInt64(word[sizeof(long)..]));
                }

                IsGone |= socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
            });
        }

        public void Dispose()
        {
            Tell(Farewell, TimeSpan.Zero);
            Try(() => socket.Shutdown(SocketShutdown.Send));
            Listen(); // what nobody has read would make the system forget the farewell
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
                // It hears nothing; its silence tells the rest.
            }
            catch (SocketException)
            {
                IsGone = true;
            }
        }
    }
}

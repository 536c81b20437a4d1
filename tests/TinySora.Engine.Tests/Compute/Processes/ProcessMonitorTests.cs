using System.Net;
using System.Net.Sockets;
using TinySora.Engine.Compute.Processes;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>Tests watches in one process, whose beats the tests trigger.</summary>
public sealed class ProcessMonitorTests : IDisposable
{
    /// <summary>Several times the number of beats after which a loss is reported.</summary>
    private const int Many = 1000;

    private readonly ProcessMonitor first;
    private readonly ProcessMonitor other;
    private readonly Socket otherEnd;
    private readonly List<(int Rank, string What)> lost = [];
    private TimeSpan worked;

    public ProcessMonitorTests()
    {
        Needs.Interfaces();
        using var rendezvous = MonitorRendezvous.TryOpen()!;
        var connecting = Task.Run(() => MonitorRendezvous.Connect(rendezvous.Invitation, 3)!);
        var connections = rendezvous.Accept(1, TimeSpan.FromMinutes(5));
        otherEnd = connecting.Result;
        first = new ProcessMonitor(connections, 60, (rank, what) => lost.Add((rank, what)));
        other = new ProcessMonitor(new Dictionary<int, Socket> { [0] = otherEnd }, 60, (rank, what) => lost.Add((rank, what)), () => worked);
    }

    [Fact]
    public void Processes_that_make_progress_are_left_alone()
    {
        for (var i = 0; i < Many; i++)
        {
            first.RecordCall(isPatient: false);
            first.Beat();
            other.Beat();
            other.RecordCall(isPatient: false);
        }

        Assert.Empty(lost);
    }

    [Fact]
    public void A_silent_process_is_reported_and_a_briefly_silent_one_is_not()
    {
        for (var i = 0; i < Many; i++)
        {
            first.Beat();
            if (i % 10 == 0)
            {
                other.Beat();
            }
        }

        Assert.Empty(lost);
        Repeat(Many, first.Beat);
        Assert.Equal((3, "has not responded for 60 seconds: it is hanging, or its machine is unreachable"), lost[0]);
    }

    [Fact]
    public void The_first_process_is_reported_if_it_is_silent()
    {
        Repeat(Many, other.Beat);
        Assert.Equal(0, lost[0].Rank);
    }

    [Fact]
    public void A_process_that_leaves_properly_is_not_reported()
    {
        other.Dispose();
        Repeat(Many, first.Beat);
        Assert.Empty(lost);
    }

    [Fact]
    public void A_process_that_ends_unexpectedly_is_reported()
    {
        otherEnd.Dispose();
        Repeat(Many, first.Beat);
        Assert.Equal((3, "ended unexpectedly"), lost[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_late_process_is_reported_unless_it_may_be_late(bool isPatient)
    {
        first.RecordCall(isPatient);
        Repeat(Many, () =>
        {
            first.Beat();
            worked += TimeSpan.FromSeconds(0.1); // of the three seconds of a beat
            other.Beat();
        });
        Assert.Equal(isPatient ? [] : [(3, "is alive, but the others have waited 900 seconds for it")], lost.Distinct());
    }

    [Fact]
    public void A_stuck_process_is_reported_sooner()
    {
        first.RecordCall(isPatient: false);
        for (var i = 0; i < Many && lost.Count == 0; i++)
        {
            first.Beat();
            worked += TimeSpan.FromSeconds(0.01); // for its watch and the garbage collector
            other.Beat();
        }

        Assert.Equal((3, "is alive, but has computed nothing for 120 seconds while the others waited for it, so it is stuck"), Assert.Single(lost));
    }

    [Fact]
    public void A_briefly_stuck_process_is_not_reported()
    {
        for (var i = 0; i < Many; i++)
        {
            if (i % 30 == 0)
            {
                first.RecordCall(isPatient: false);
            }

            if (i % 30 == 29)
            {
                other.RecordCall(isPatient: false);
            }

            other.Beat();
            first.Beat();
        }

        Assert.Empty(lost);
    }

    [Fact]
    public async Task Strangers_are_disconnected()
    {
        using var rendezvous = MonitorRendezvous.TryOpen()!;
        var accepting = Task.Run(() => rendezvous.Accept(1, TimeSpan.FromMinutes(5)));
        Assert.Null(MonitorRendezvous.Connect($"{new string('0', 32)}{rendezvous.Invitation[32..]}", 1));
        using var socket = MonitorRendezvous.Connect(rendezvous.Invitation, 2);
        Assert.NotNull(socket);
        Assert.Equal([2], (await accepting).Keys);
    }

    /// <summary>An address that does not reply belongs to another network of the other machine, such as a bridge between containers.</summary>
    [Fact]
    public async Task Unresponsive_addresses_do_not_block_the_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux answers on all addresses in 127.0.0.0/8.");
        using var good = new TcpListener(IPAddress.Loopback, 0);
        good.Start();
        var port = ((IPEndPoint)good.LocalEndpoint).Port;
        using var mute = new TcpListener(IPAddress.Parse("127.0.0.2"), port);
        mute.Start();
        var secret = new byte[16];
        var connecting = Task.Run(() => MonitorRendezvous.Connect($"{Convert.ToHexString(secret)} {port} {Environment.MachineName} 127.0.0.2 127.0.0.1", 1));

        using var unanswered = await mute.AcceptSocketAsync(TestContext.Current.CancellationToken);
        using var answered = await good.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var hello = new byte[secret.Length + sizeof(int)];
        await new NetworkStream(unanswered).ReadExactlyAsync(hello, TestContext.Current.CancellationToken);
        Assert.False(unanswered.Poll(0, SelectMode.SelectRead), "The second address was tried only after the first one had timed out.");
        await answered.SendAsync(secret, TestContext.Current.CancellationToken);
        using var socket = await connecting;
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket!.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_process_with_several_addresses_gets_one_connection()
    {
        using var rendezvous = MonitorRendezvous.TryOpen()!;
        var accepting = Task.Run(() => rendezvous.Accept(2, TimeSpan.FromMinutes(5)));
        using var twice = MonitorRendezvous.Connect($"{rendezvous.Invitation} {rendezvous.Invitation.Split(' ', 4)[3]}", 1);
        using var once = MonitorRendezvous.Connect(rendezvous.Invitation, 2);
        var found = await accepting;
        Assert.Equal([1, 2], found.Keys.Order());
        Assert.Equal(PortOf(twice!.LocalEndPoint), PortOf(found[1].RemoteEndPoint));
        Assert.Equal(PortOf(once!.LocalEndPoint), PortOf(found[2].RemoteEndPoint));
    }

    public void Dispose()
    {
        first.Dispose();
        otherEnd.Dispose();
    }

    private static int PortOf(EndPoint? end) => ((IPEndPoint)end!).Port;

    private static void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
        {
            action();
        }
    }
}

using System.Net;
using System.Net.Sockets;
using TinySora.Engine.Compute.Processes;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>Two watches of one process, whose beats the tests give.</summary>
public sealed class ProcessWatchTests : IDisposable
{
    /// <summary>Several times the beats after which anything is noticed.</summary>
    private const int Many = 1000;

    private readonly ProcessWatch first;
    private readonly ProcessWatch other;
    private readonly Socket otherEnd;
    private readonly List<(int Rank, string What)> lost = [];
    private TimeSpan worked;

    public ProcessWatchTests()
    {
        Needs.Interfaces();
        using var rendezvous = WatchRendezvous.TryOpen()!;
        var connecting = Task.Run(() => WatchRendezvous.Connect(rendezvous.Invitation, 3)!);
        var connections = rendezvous.Accept(1, TimeSpan.FromMinutes(5));
        otherEnd = connecting.Result;
        first = new ProcessWatch(connections, 60, (rank, what) => lost.Add((rank, what)));
        other = new ProcessWatch(new Dictionary<int, Socket> { [0] = otherEnd }, 60, (rank, what) => lost.Add((rank, what)), () => worked);
    }

    [Fact]
    public void Processes_that_live_and_come_along_are_left_alone()
    {
        for (var i = 0; i < Many; i++)
        {
            first.Call(isPatient: false);
            first.Beat();
            other.Beat();
            other.Call(isPatient: false);
        }

        Assert.Empty(lost);
    }

    [Fact]
    public void One_that_is_silent_is_named_and_one_that_was_so_for_shorter_is_not()
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
        Assert.Equal((3, "has not responded for 60 seconds: it hangs, or its machine is unreachable"), lost[0]);
    }

    [Fact]
    public void The_first_is_named_when_it_is_silent()
    {
        Repeat(Many, other.Beat);
        Assert.Equal(0, lost[0].Rank);
    }

    [Fact]
    public void One_that_says_farewell_is_not_missed()
    {
        other.Dispose();
        Repeat(Many, first.Beat);
        Assert.Empty(lost);
    }

    [Fact]
    public void One_that_ends_without_farewell_is_named()
    {
        otherEnd.Dispose();
        Repeat(Many, first.Beat);
        Assert.Equal((3, "ended unexpectedly"), lost[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_lives_but_does_not_come_is_named_unless_it_may_be_late(bool isPatient)
    {
        first.Call(isPatient);
        Repeat(Many, () =>
        {
            first.Beat();
            worked += TimeSpan.FromSeconds(0.1); // of the three of a beat
            other.Beat();
        });
        Assert.Equal(isPatient ? [] : [(3, "is alive, but others have waited 900 seconds for it")], lost.Distinct());
    }

    [Fact]
    public void One_that_lives_but_stands_still_is_named_sooner()
    {
        first.Call(isPatient: false);
        for (var i = 0; i < Many && lost.Count == 0; i++)
        {
            first.Beat();
            worked += TimeSpan.FromSeconds(0.01); // its watch and the garbage collector's
            other.Beat();
        }

        Assert.Equal((3, "is alive, but has computed nothing for 120 seconds while others waited for it: it is stuck"), Assert.Single(lost));
    }

    [Fact]
    public void One_that_stood_still_for_a_moment_and_came_is_not_missed()
    {
        for (var i = 0; i < Many; i++)
        {
            if (i % 30 == 0)
            {
                first.Call(isPatient: false);
            }

            if (i % 30 == 29)
            {
                other.Call(isPatient: false);
            }

            other.Beat();
            first.Beat();
        }

        Assert.Empty(lost);
    }

    [Fact]
    public async Task Strangers_are_sent_away()
    {
        using var rendezvous = WatchRendezvous.TryOpen()!;
        var accepting = Task.Run(() => rendezvous.Accept(1, TimeSpan.FromMinutes(5)));
        Assert.Null(WatchRendezvous.Connect($"{new string('0', 32)}{rendezvous.Invitation[32..]}", 1));
        using var socket = WatchRendezvous.Connect(rendezvous.Invitation, 2);
        Assert.NotNull(socket);
        Assert.Equal([2], (await accepting).Keys);
    }

    /// <summary>An address that gives no answer is of a network of the other machine, a bridge between its containers, say.</summary>
    [Fact]
    public async Task Addresses_without_an_answer_keep_nobody_from_the_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all addresses of 127.0.0.0/8.");
        using var good = new TcpListener(IPAddress.Loopback, 0);
        good.Start();
        var port = ((IPEndPoint)good.LocalEndpoint).Port;
        using var mute = new TcpListener(IPAddress.Parse("127.0.0.2"), port);
        mute.Start();
        var secret = new byte[16];
        var connecting = Task.Run(() => WatchRendezvous.Connect($"{Convert.ToHexString(secret)} {port} {Environment.MachineName} 127.0.0.2 127.0.0.1", 1));

        using var unanswered = await mute.AcceptSocketAsync(TestContext.Current.CancellationToken);
        using var answered = await good.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var hello = new byte[secret.Length + sizeof(int)];
        await new NetworkStream(unanswered).ReadExactlyAsync(hello, TestContext.Current.CancellationToken);
        Assert.False(unanswered.Poll(0, SelectMode.SelectRead), "The second address was tried when the first had been given up.");
        await answered.SendAsync(secret, TestContext.Current.CancellationToken);
        using var socket = await connecting;
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket!.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task One_who_comes_by_several_ways_is_answered_by_one()
    {
        using var rendezvous = WatchRendezvous.TryOpen()!;
        var accepting = Task.Run(() => rendezvous.Accept(2, TimeSpan.FromMinutes(5)));
        using var twice = WatchRendezvous.Connect($"{rendezvous.Invitation} {rendezvous.Invitation.Split(' ', 4)[3]}", 1);
        using var once = WatchRendezvous.Connect(rendezvous.Invitation, 2);
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

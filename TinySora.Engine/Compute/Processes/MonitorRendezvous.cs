using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Connects the monitors of all other processes to the monitor of process 0. Process 0 sends its addresses and a secret through MPI, and the other
/// processes connect to it over TCP.
/// </summary>
internal sealed class MonitorRendezvous : IDisposable
{
    private const int SecretBytes = 16;

    /// <summary>Time limit of a connection attempt. It is generous for any network, and necessary because a firewall may not reply at all.</summary>
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(3);

    private readonly TcpListener listener = TcpListener.Create(0);
    private readonly byte[] secret = RandomNumberGenerator.GetBytes(SecretBytes);

    private MonitorRendezvous()
    {
        listener.Start();
        var addresses = NetworkInterface.GetAllNetworkInterfaces().Where(network => network.OperationalStatus != OperationalStatus.Down)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            .Where(address => !address.IsIPv6LinkLocal);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Invitation = $"{Convert.ToHexString(secret)} {port} {Environment.MachineName} {string.Join(' ', addresses)}";
    }

    /// <summary>
    /// The secret, port, machine name and addresses that the other processes receive. The name is needed because a loopback address is valid only on the
    /// same machine.
    /// </summary>
    public string Invitation { get; }

    /// <summary>Starts listening for the other processes; returns <c>null</c> if there is no network.</summary>
    public static MonitorRendezvous? TryOpen()
    {
        try
        {
            return new MonitorRendezvous();
        }
        catch (Exception e) when (e is SocketException or NetworkInformationException)
        {
            return null;
        }
    }

    /// <summary>Waits until <paramref name="count"/> processes have connected, but at most for the time <paramref name="wait"/>.</summary>
    /// <returns>The connections, keyed by the rank of the connected process.</returns>
    public Dictionary<int, Socket> Accept(int count, TimeSpan wait)
    {
        var (found, end) = (new Dictionary<int, Socket>(), DateTime.UtcNow + wait);
        while (found.Count < count && end - DateTime.UtcNow is var left && left > TimeSpan.Zero && listener.Server.Poll(left, SelectMode.SelectRead))
        {
            var (socket, hello) = (listener.AcceptSocket(), new byte[SecretBytes + sizeof(int)]);
            if (Try(socket, stream => stream.ReadExactly(hello)) && hello.AsSpan(0, SecretBytes).SequenceEqual(secret)
                && BitConverter.ToInt32(hello, SecretBytes) is var rank && !found.ContainsKey(rank) && Try(socket, stream => stream.Write(secret)))
            {
                found[rank] = socket;
            }
            else
            {
                socket.Dispose(); // another program, or a process that has already connected through another address
            }
        }

        return found;
    }

    /// <summary>
    /// Connects to process 0; returns <c>null</c> if it is unreachable. Tries all of its addresses simultaneously, because addresses in other networks may
    /// never reply. Process 0 accepts only one of the connections.
    /// </summary>
    public static Socket? Connect(string invitation, int rank)
    {
        var words = invitation.Split(' ');
        var (secret, port) = (Convert.FromHexString(words[0]), int.Parse(words[1], CultureInfo.InvariantCulture));
        var ways = words[3..].Select(IPAddress.Parse).Where(address => words[2] == Environment.MachineName || !IPAddress.IsLoopback(address))
            .Select(address => TryConnect(new IPEndPoint(address, port), secret, [.. secret, .. BitConverter.GetBytes(rank)])).ToList();
        while (ways.Count > 0)
        {
            var way = ways[Task.WaitAny([.. ways])];
            if (way.Result is Socket socket)
            {
                return socket;
            }

            ways.Remove(way);
        }

        return null;
    }

    public void Dispose() => listener.Dispose();

    private static async Task<Socket?> TryConnect(IPEndPoint place, byte[] secret, byte[] hello)
    {
        using var limit = new CancellationTokenSource(Answer);
        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(place, limit.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            var answer = new byte[SecretBytes];
            await stream.WriteAsync(hello, limit.Token).ConfigureAwait(false);
            await stream.ReadExactlyAsync(answer, limit.Token).ConfigureAwait(false);
            if (answer.AsSpan().SequenceEqual(secret))
            {
                return socket;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // No program listens at this address, or a program other than process 0.
        }

        socket.Dispose();
        return null;
    }

    private static bool Try(Socket socket, Action<NetworkStream> talk)
    {
        using var stream = new NetworkStream(socket);
        stream.ReadTimeout = (int)Answer.TotalMilliseconds;
        try
        {
            talk(stream);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Studio;

/// <summary>
/// A small web server that listens only on the loopback address. All paths begin with a random token, and only the server's own host name and origin are
/// accepted, so that other pages in the browser can neither read data from the server nor control it.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    private const int MaxConnections = 64;
    private const int TokenBytes = 16;

    /// <summary>Pause after the system has refused a connection, for example because too many files are open.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMilliseconds(100);

    private readonly TcpListener listener;
    private readonly Func<HttpRequest, CancellationToken, HttpAnswer> answer;
    private readonly List<Connection> open = [];
    private readonly string token = Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes)).ToLowerInvariant();
    private readonly string[] hosts;

    /// <summary>Opens the port. Connections wait until <see cref="Run"/> is called.</summary>
    /// <param name="port">Port to listen on; 0 for any free port.</param>
    /// <param name="answer">
    /// Function that returns the response to a request, whose path starts after the token. It is called on pool threads, possibly in parallel.
    /// </param>
    /// <exception cref="TinySoraException">PortTaken.</exception>
    public LoopbackServer(int port, Func<HttpRequest, CancellationToken, HttpAnswer> answer)
    {
        this.answer = answer;
        listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw StudioErrors.PortTaken(port, e);
        }

        var taken = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        hosts = [$"127.0.0.1:{taken}", $"localhost:{taken}"];
        Address = new Uri($"http://{hosts[0]}/{token}/");
    }

    public Uri Address { get; }

    /// <summary>Maximum time that a connection may remain open without a complete request.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Maximum time that a connection may remain open without a request that contains the token. Browsers open connections before they need them, and
    /// under load use them only seconds later.
    /// </summary>
    internal TimeSpan StrangerPatience { get; init; } = TimeSpan.FromSeconds(30);

    private string Prefix => $"/{token}/";

    public void Dispose() => listener.Dispose();

    /// <summary>Serves requests until cancellation and returns when all requests in progress have ended.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                try
                {
                    var client = await listener.AcceptTcpClientAsync(cancellation);
                    await MakeRoom(cancellation);
                    var connection = new Connection(client);
                    open.Add(connection);
                    connection.Serving = Task.Run(() => Serve(connection, cancellation), CancellationToken.None);
                }
                catch (SocketException)
                {
                    await Task.Delay(RefusedPause, cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The caller has canceled the server.
        }

        listener.Stop();
        await Task.WhenAll(open.Select(connection => connection.Serving));
    }

    /// <summary>
    /// Closes the oldest idle connection if there are too many connections, so that a program that opens many connections does not lock others out.
    /// Connections without a request that contained the token are closed first.
    /// </summary>
    private async Task MakeRoom(CancellationToken cancellation)
    {
        while (open.RemoveAll(connection => connection.Serving.IsCompleted) >= 0 && open.Count >= MaxConnections)
        {
            if (open.Where(connection => connection.IsIdle).MinBy(connection => connection.HasToken) is { } idle)
            {
                idle.Client.Dispose();
                open.Remove(idle);
            }
            else
            {
                await Task.WhenAny(open.Select(connection => connection.Serving)).WaitAsync(cancellation);
            }
        }
    }

    private async Task Serve(Connection connection, CancellationToken cancellation)
    {
        using (connection.Client)
        {
            try
            {
                connection.Client.NoDelay = true;
                await Serve(connection, connection.Client.GetStream(), cancellation);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The browser has disconnected or has not sent a request in time, or the studio is ending.
            }
        }
    }

    private async Task Serve(Connection connection, NetworkStream stream, CancellationToken cancellation)
    {
        // Use the buffered stream only for reading. It may already have buffered data of the next request, and cannot be written to before that is read.
        var buffered = new BufferedStream(stream);
        while (true)
        {
            HttpRequest? request;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(connection.HasToken ? Patience : StrangerPatience);
            try
            {
                request = await HttpRequest.Read(buffered, patience.Token);
            }
            catch (Exception e) when (e is InvalidDataException or UriFormatException)
            {
                await HttpAnswer.Refusal(400, e.Message).Write(stream, closes: true, cancellation);
                return;
            }

            if (request is null)
            {
                return;
            }

            // Check before reading the body, because requests without the token must not use memory.
            if (Refusal(request) is HttpAnswer refusal)
            {
                await refusal.Write(stream, closes: true, cancellation);
                return;
            }

            connection.HasToken = true;
            patience.CancelAfter(Patience);
            var whole = await request.WithBody(buffered, patience.Token);
            connection.IsIdle = false;
            await answer(whole with { Path = whole.Path[Prefix.Length..] }, cancellation).Write(stream, request.Closes, cancellation);
            if (request.Closes)
            {
                return;
            }

            connection.IsIdle = true;
        }
    }

    /// <summary>Returns the error response to a request without the studio's token, host name or origin; <c>null</c> if the request is valid.</summary>
    private HttpAnswer? Refusal(HttpRequest request)
    {
        if (!hosts.Contains(request.Header("Host"), StringComparer.OrdinalIgnoreCase))
        {
            return HttpAnswer.Refusal(403, "The host name does not match the studio's address.");
        }

        if ((request.Header("Origin") is string origin && !hosts.Any(host => origin == $"http://{host}"))
            || (request.Header("Sec-Fetch-Site") is "cross-site" or "same-site" && request.Header("Sec-Fetch-Mode") != "navigate"))
        {
            return HttpAnswer.Refusal(403, "Requests from other origins are refused.");
        }

        return request.Path.Length >= Prefix.Length
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Path[..Prefix.Length]), Encoding.UTF8.GetBytes(Prefix))
            ? null
            : HttpAnswer.Refusal(403, "The address does not contain the token.", "Open the complete address that Start-TinySoraStudio printed.");
    }

    private sealed class Connection(TcpClient client)
    {
        private volatile bool isIdle = true;
        private volatile bool hasToken;

        public TcpClient Client { get; } = client;

        /// <summary>The task that serves the connection.</summary>
        public Task Serving { get; set; } = Task.CompletedTask;

        /// <summary>Whether the connection is waiting for a request, or for the rest of a request.</summary>
        public bool IsIdle
        {
            get => isIdle;
            set => isIdle = value;
        }

        public bool HasToken
        {
            get => hasToken;
            set => hasToken = value;
        }
    }
}

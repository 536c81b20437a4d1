using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Studio;

/// <summary>
/// A small web server on the loopback address alone. Its pages lie below a token that nobody can guess, and it answers to no other name
/// than its own and to no page of another origin: what else runs in the browser can neither read nor order anything.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    private const int MostConnections = 64;
    private const int TokenBytes = 16;

    /// <summary>The pause after the system refused a connection, as it does where too many files are open.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMilliseconds(100);

    private readonly TcpListener listener;
    private readonly Func<HttpRequest, CancellationToken, HttpAnswer> answer;
    private readonly SemaphoreSlim free = new(MostConnections);
    private readonly string token = Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes)).ToLowerInvariant();
    private readonly string[] hosts;

    /// <summary>Takes the port; connections wait until <see cref="Run"/>.</summary>
    /// <param name="port">0: any that is free.</param>
    /// <param name="answer">Called on threads of the pool, for several requests at a time; the path begins behind the token.</param>
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

    /// <summary>The address of the page, with the token.</summary>
    public Uri Address { get; }

    /// <summary>How long a connection may stay open without a whole request on it, so that idle ones take no place from others.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    private string Prefix => $"/{token}/";

    public void Dispose()
    {
        listener.Dispose();
        free.Dispose();
    }

    /// <summary>Answers until it is cancelled, and returns when no request is being answered any more.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                await free.WaitAsync(cancellation);
                open.RemoveAll(task => task.IsCompleted);
                try
                {
                    var client = await listener.AcceptTcpClientAsync(cancellation);
                    open.Add(Task.Run(() => Serve(client, cancellation), CancellationToken.None));
                }
                catch (SocketException)
                {
                    free.Release();
                    await Task.Delay(RefusedPause, cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever runs it wants no more.
        }

        listener.Stop();
        await Task.WhenAll(open);
    }

    private async Task Serve(TcpClient client, CancellationToken cancellation)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await Serve(client.GetStream(), cancellation);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The browser has gone or says nothing, or the studio ends.
            }
            finally
            {
                free.Release();
            }
        }
    }

    private async Task Serve(NetworkStream stream, CancellationToken cancellation)
    {
        // For reading alone: what it has read of the next request would be in the way of an answer.
        var buffered = new BufferedStream(stream);
        while (true)
        {
            HttpRequest? request;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience);
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

            // Before its body: of strangers nothing is kept in memory.
            if (Refusal(request) is HttpAnswer refusal)
            {
                await refusal.Write(stream, closes: true, cancellation);
                return;
            }

            var whole = await request.WithBody(buffered, patience.Token);
            await answer(whole with { Path = whole.Path[Prefix.Length..] }, cancellation).Write(stream, request.Closes, cancellation);
            if (request.Closes)
            {
                return;
            }
        }
    }

    /// <summary>The answer to a request that has not the token, the name or the origin of the studio; null: it has.</summary>
    private HttpAnswer? Refusal(HttpRequest request)
    {
        if (!hosts.Contains(request.Header("Host"), StringComparer.OrdinalIgnoreCase))
        {
            return HttpAnswer.Refusal(403, "The studio has no other name than its own address.");
        }

        if ((request.Header("Origin") is string origin && !hosts.Any(host => origin == $"http://{host}"))
            || (request.Header("Sec-Fetch-Site") is "cross-site" or "same-site" && request.Header("Sec-Fetch-Mode") != "navigate"))
        {
            return HttpAnswer.Refusal(403, "Pages of another origin get nothing here.");
        }

        return request.Path.Length >= Prefix.Length
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Path[..Prefix.Length]), Encoding.UTF8.GetBytes(Prefix))
            ? null
            : HttpAnswer.Refusal(403, "The token is missing in the address.", "Open the whole address that Start-TinySoraStudio printed.");
    }
}

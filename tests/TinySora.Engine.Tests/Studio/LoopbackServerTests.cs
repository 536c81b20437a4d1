using System.Net;
using System.Net.Sockets;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

public sealed class LoopbackServerTests : IDisposable
{
    private readonly LoopbackServer server;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private readonly HttpClient http = new();
    private readonly List<HttpRequest> seen = [];

    public LoopbackServerTests()
    {
        server = new LoopbackServer(0, (request, _) =>
        {
            lock (seen)
            {
                seen.Add(request);
            }

            return HttpAnswer.Json(new { path = request.Path, body = Encoding.UTF8.GetString(request.Body), query = request.Query.GetValueOrDefault("q") });
        });
        running = server.Run(stop.Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_connection_is_closed(bool amidBody)
    {
        using var impatient = new LoopbackServer(0, (_, _) => HttpAnswer.Json(new { })) { Patience = TimeSpan.FromMilliseconds(50), StrangerPatience = TimeSpan.FromMilliseconds(50) };
        var serving = impatient.Run(stop.Token);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, impatient.Address.Port, TestContext.Current.CancellationToken);
        var head = $"POST {impatient.Address.AbsolutePath} HTTP/1.1\r\nHost: {impatient.Address.Authority}\r\nContent-Length: 9\r\n\r\nhalf";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(amidBody ? head : ""), TestContext.Current.CancellationToken);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        stop.Cancel();
        await serving;
    }

    /// <summary>Opens more connections without the token than the server allows.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHost: ")]
    public async Task Idle_connections_do_not_lock_others_out(string sent)
    {
        List<TcpClient> idle = [];
        try
        {
            for (var i = 0; i < 200; i++)
            {
                var client = new TcpClient();
                idle.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent), TestContext.Current.CancellationToken);
            }

            Assert.Equal(HttpStatusCode.OK, await Task.Run(() => Get(server.Address).Status).WaitAsync(TimeSpan.FromSeconds(20)));
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }
    }

    /// <summary>A connection with the token survives among many without.</summary>
    [Fact]
    public async Task A_connection_with_the_token_stays_among_many_without()
    {
        using var own = new TcpClient();
        await own.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        var ask = Encoding.ASCII.GetBytes($"GET {server.Address.AbsolutePath} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n");
        await own.GetStream().WriteAsync(ask, TestContext.Current.CancellationToken);
        await Answer();
        var idle = Enumerable.Range(0, 100).Select(_ => new TcpClient("127.0.0.1", server.Address.Port)).ToList();
        try
        {
            Assert.Equal(HttpStatusCode.OK, Get(server.Address).Status);
            await own.GetStream().WriteAsync(ask, TestContext.Current.CancellationToken);
            await Answer();
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }

        async Task Answer()
        {
            var answer = new StringBuilder();
            for (var buffer = new byte[1]; !answer.ToString().EndsWith('}');)
            {
                await own.GetStream().ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
                answer.Append((char)buffer[0]);
            }

            Assert.StartsWith("HTTP/1.1 200 ", answer.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_connection_without_the_token_has_less_time()
    {
        using var impatient = new LoopbackServer(0, (_, _) => HttpAnswer.Json(new { })) { StrangerPatience = TimeSpan.FromMilliseconds(50) };
        // Browsers open connections in advance, and under load use them only seconds later.
        Assert.InRange(server.StrangerPatience, TimeSpan.FromSeconds(20), server.Patience / 2);
        var serving = impatient.Run(stop.Token);
        using var client = new TcpClient("127.0.0.1", impatient.Address.Port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        stop.Cancel();
        await serving;
    }

    public void Dispose()
    {
        http.Dispose();
        stop.Cancel();
        running.Wait();
        server.Dispose();
        stop.Dispose();
    }

    [Fact]
    public void Only_requests_with_the_token_are_answered()
    {
        Assert.Equal((HttpStatusCode.OK, "{\"path\":\"\",\"body\":\"\",\"query\":null}"), Get(server.Address));
        Assert.Equal("127.0.0.1", server.Address.Host);
        Assert.Matches("^/[0-9a-f]{32}/$", server.Address.AbsolutePath);
        string[] others = ["/", "/model", "/" + new string('0', 32) + "/", server.Address.AbsolutePath.ToUpperInvariant(), server.Address.AbsolutePath[..^1]];
        Assert.All(others, path => Assert.Equal(HttpStatusCode.Forbidden, Get(new Uri(server.Address, path)).Status));
        Assert.Single(seen);
    }

    [Fact]
    public void Every_studio_has_its_own_token()
    {
        using var other = new LoopbackServer(0, (_, _) => HttpAnswer.Json(new { }));
        Assert.NotEqual(server.Address.AbsolutePath, other.Address.AbsolutePath);
    }

    /// <summary>Refuses a foreign name that points to this machine (DNS rebinding).</summary>
    [Theory]
    [InlineData("Host", "example.com", HttpStatusCode.Forbidden)]
    [InlineData("Host", "127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost:PORT", HttpStatusCode.OK)]
    [InlineData("Origin", "http://127.0.0.1:PORT", HttpStatusCode.OK)]
    [InlineData("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "https://127.0.0.1:PORT", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://example.com", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    public void Other_names_and_origins_are_refused(string header, string value, HttpStatusCode expected) => Assert.Equal(
        expected, Get(server.Address, (header, value.Replace("PORT", $"{server.Address.Port}", StringComparison.Ordinal))).Status);

    /// <summary>Allows links from other sites, for terminals that are web pages themselves.</summary>
    [Fact]
    public void A_link_from_another_page_may_lead_here() => Assert.Equal(
        HttpStatusCode.OK, Get(server.Address, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")).Status);

    [Fact]
    public async Task Names_and_bodies_arrive_unchanged()
    {
        using var answer = await http.PostAsync(new Uri(server.Address, "a%20b/c?q=%C3%A4+%26%2B"), new StringContent("grün", Encoding.UTF8), TestContext.Current.CancellationToken);
        Assert.Equal("{\"path\":\"a b/c\",\"body\":\"gr\\u00FCn\",\"query\":\"\\u00E4 \\u0026\\u002B\"}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/9\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nno header\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    public void A_malformed_request_ends_only_its_connection(string text)
    {
        Assert.StartsWith("HTTP/1.1 400 ", Raw(text), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, Get(server.Address).Status);
        Assert.Single(seen);
    }

    [Fact]
    public void A_file_that_is_too_large_is_reported_as_such() => Assert.Contains(
        "larger than 64 MiB", Raw("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), StringComparison.Ordinal);

    /// <summary>Reading the body would take time and memory.</summary>
    [Fact]
    public void A_body_without_the_token_is_not_read() => Assert.StartsWith(
        "HTTP/1.1 403 ", Raw($"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.Address.Port}\r\nContent-Length: 60000000\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public void An_endless_head_is_refused() =>
        Assert.StartsWith("HTTP/1.1 400 ", Raw($"GET / HTTP/1.1\r\nA: {new string('a', HttpRequest.MaxHeadBytes)}"), StringComparison.Ordinal);

    [Fact]
    public void A_taken_port_is_an_error()
    {
        var error = Assert.Throws<TinySoraException>(() => new LoopbackServer(server.Address.Port, (_, _) => HttpAnswer.Json(new { })));
        Assert.Equal("TinySora.Studio.PortTaken", error.Id);
    }

    private (HttpStatusCode Status, string Text) Get(Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var answer = http.Send(request);
        return (answer.StatusCode, answer.Content.ReadAsStringAsync().Result);
    }

    private string Raw(string text)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, server.Address.Port);
        var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Tests.Runs;

public sealed class RunNotifierTests
{
    private static readonly TimeSpan[] Soon = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)];

    private static readonly RunEvent Failed =
        new(RunEventKind.Failed, 5, "no more room") { ResultsPath = "/runs/one", Loss = double.NaN, ErrorId = "TinySora.X.Y", Advice = "Mend it." };

    private readonly ConcurrentQueue<string> warnings = [];

    [Fact]
    public void Event_is_posted_as_JSON_with_only_the_documented_fields()
    {
        using var server = new Receiver(200);
        using (var notifier = Notifier(server.Address))
        {
            notifier.Post(new RunEvent(RunEventKind.Checkpoint, 4, "not asked for"));
            notifier.Post(Failed);
        }

        var (line, headers, body) = Assert.Single(server.Heard);
        Assert.Equal("POST /hook?key=secret HTTP/1.1", line);
        Assert.Equal(["Content-Length", "Content-Type", "Host"], headers.Select(header => header.Split(':')[0]).Order(StringComparer.Ordinal));
        var posted = JsonDocument.Parse(body).RootElement;
        Assert.Equal(
            ["advice", "error_id", "event", "results_path", "step", "text", "time"],
            posted.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal("one, step 5: Failed. no more room", posted.GetProperty("text").GetString());
        Assert.Equal("Failed", posted.GetProperty("event").GetString());
        Assert.Empty(warnings);
    }

    [Fact]
    public void Temporary_failure_is_retried_and_a_permanent_one_is_one_warning_without_the_secret()
    {
        using var server = new Receiver(500, 429, 200, 404, 503, 503, 503);
        using (var notifier = Notifier(server.Address))
        {
            notifier.Post(Failed);
            notifier.Post(Failed);
            notifier.Post(Failed);
        }

        Assert.Equal(7, server.Heard.Count);
        var warning = Assert.Single(warnings);
        Assert.Contains("An event could not be posted to '127.0.0.1': the server responded with status 404", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Redirect_is_not_followed()
    {
        using var server = new Receiver(302);
        using (var notifier = Notifier(server.Address))
        {
            notifier.Post(Failed);
        }

        Assert.Single(server.Heard);
        Assert.Contains("responded with status 302", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Unresponsive_address_does_not_delay_the_run()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)unused.LocalEndpoint).Port}/");
        unused.Stop();
        using (var notifier = Notifier(address))
        {
            Assert.All(Enumerable.Range(0, 500), _ => notifier.Post(Failed));
        }

        Assert.Single(warnings);
    }

    [Theory]
    [InlineData("hooks.example.org/x")]
    [InlineData("ftp://example.org/x")]
    [InlineData("file:///etc/passwd")]
    public void Address_with_another_scheme_is_refused(string address) => Assert.Equal(
        "TinySora.Training.NoAddress", Assert.Throws<TinySoraException>(() => RunNotifier.Check(new Uri(address, UriKind.RelativeOrAbsolute))).Id);

    private RunNotifier Notifier(Uri address) => new(address, [RunEventKind.Failed], warnings.Enqueue, Soon);

    /// <summary>Answers requests with a list of status codes, repeating the last one.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public Receiver(params int[] codes)
        {
            listener.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/hook?key=secret");
            new Thread(() => Serve(codes)) { IsBackground = true }.Start();
        }

        public Uri Address { get; }

        public ConcurrentQueue<(string Line, string[] Headers, string Body)> Heard { get; } = [];

        public void Dispose() => listener.Stop();

        private void Serve(int[] codes)
        {
            try
            {
                while (true)
                {
                    using var client = listener.AcceptTcpClient();
                    using var stream = client.GetStream();
                    var head = new StringBuilder();
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                    {
                        head.Append((char)stream.ReadByte());
                    }

                    var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                    var body = new byte[int.Parse(lines.Single(line => line.StartsWith("Content-Length:", StringComparison.Ordinal)).Split(':')[1])];
                    stream.ReadExactly(body);
                    var code = codes[Math.Min(Heard.Count, codes.Length - 1)];
                    Heard.Enqueue((lines[0], lines[1..], Encoding.UTF8.GetString(body)));
                    var location = code == 302 ? $"Location: {Address}\r\n" : "";
                    stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {code} x\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n"));
                }
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                // The test has ended and stopped the listener, while it was waiting or earlier.
            }
        }
    }
}

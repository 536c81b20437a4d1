using System.Globalization;
using System.Text;

namespace TinySora.Engine.Studio;

/// <param name="Method">HTTP method, GET or POST; the caller rejects all others.</param>
/// <param name="Path">Decoded path with its leading slash, without the query.</param>
/// <param name="Query">Decoded query parameters by name.</param>
/// <param name="Headers">Header values by case-insensitive name; the last value if a header is repeated.</param>
internal sealed record HttpRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public const int MaxHeadBytes = 16 << 10;

    /// <summary>Maximum size of a request's body in bytes. Clips that are dropped on the page are far smaller.</summary>
    public const int MaxBodyBytes = 64 << 20;

    public bool Closes => Header("Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Returns the value of a header; <c>null</c> if it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Reads the next request from a connection, but not its body or anything after it.</summary>
    /// <param name="stream">Stream of the connection, which should be buffered, because the head is read byte by byte.</param>
    /// <returns>The request; <c>null</c> if the browser has closed the connection.</returns>
    /// <exception cref="InvalidDataException">The request is malformed, too large, or in an unsupported form.</exception>
    public static async Task<HttpRequest?> Read(Stream stream, CancellationToken cancellation)
    {
        if (await ReadHead(stream, cancellation) is not string head)
        {
            return null;
        }

        var lines = head.Split("\r\n");
        var (method, target) = lines[0].Split(' ') is [var word, ['/', ..] address, "HTTP/1.1" or "HTTP/1.0"]
            ? (word, address)
            : throw new InvalidDataException("This is not an HTTP request.");
        var headers = HeadersOf(lines[1..]);
        _ = BodyLength(headers);
        var parts = target.Split('?', 2);
        return new HttpRequest(method, Uri.UnescapeDataString(parts[0]), QueryOf(parts.ElementAtOrDefault(1) ?? ""), headers, []);
    }

    public async Task<HttpRequest> WithBody(Stream stream, CancellationToken cancellation)
    {
        var body = new byte[BodyLength(Headers)];
        await stream.ReadExactlyAsync(body, cancellation);
        return this with { Body = body };
    }

    private static async Task<string?> ReadHead(Stream stream, CancellationToken cancellation)
    {
        var head = new List<byte>();
        var next = new byte[1];
        while (head.Count < MaxHeadBytes)
        {
            if (await stream.ReadAsync(next, cancellation) == 0)
            {
                return head.Count == 0 ? null : throw new InvalidDataException("The request is incomplete.");
            }

            head.Add(next[0]);
            if (next[0] == '\n' && head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r')
            {
                return Encoding.Latin1.GetString([.. head])[..^4];
            }
        }

        throw new InvalidDataException($"The head of the request is longer than {MaxHeadBytes} bytes.");
    }

    private static Dictionary<string, string> HeadersOf(IEnumerable<string> lines)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1)
            {
                throw new InvalidDataException("A header has no name.");
            }

            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return headers;
    }

    /// <summary>Returns the length of the body in bytes, as declared by the Content-Length header. Chunked bodies are rejected.</summary>
    private static int BodyLength(IReadOnlyDictionary<string, string> headers)
    {
        if (headers.ContainsKey("Transfer-Encoding"))
        {
            throw new InvalidDataException("A body must have a Content-Length.");
        }

        return !headers.TryGetValue("Content-Length", out var text) ? 0
            : !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? throw new InvalidDataException("The Content-Length must be a number.")
            : length <= MaxBodyBytes ? (int)length
            : throw new InvalidDataException($"Files larger than {MaxBodyBytes >> 20} MiB cannot be sent.");
    }

    private static Dictionary<string, string> QueryOf(string text)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)))
        {
            query[Decoded(pair[0])] = pair.Length > 1 ? Decoded(pair[1]) : "";
        }

        return query;

        static string Decoded(string value) => Uri.UnescapeDataString(value.Replace('+', ' '));
    }
}

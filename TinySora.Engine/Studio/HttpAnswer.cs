using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Studio;

/// <param name="Status">An HTTP status code: 200, 403, 404, 409 and the like.</param>
/// <param name="ContentType">text/html and the like.</param>
internal sealed record HttpAnswer(int Status, string ContentType, byte[] Body)
{
    /// <summary>Nothing but the studio's own files is loaded, wherever a name or prompt comes from.</summary>
    private const string ContentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>A value as JSON, its properties in camel case; of text nothing is left that HTML would take for its own.</summary>
    public static HttpAnswer Json(object value, int status = 200) => new(status, "application/json", JsonBytes(value));

    /// <inheritdoc cref="Json"/>
    public static byte[] JsonBytes(object value) => JsonSerializer.SerializeToUtf8Bytes(value, Form);

    /// <exception cref="JsonException">It is none of this type.</exception>
    public static T Read<T>(byte[] body) => JsonSerializer.Deserialize<T>(body, Form) ?? throw new JsonException("The body is null.");

    /// <param name="advice">What to do about it; null: nothing can be done.</param>
    public static HttpAnswer Refusal(int status, string problem, string? advice = null) => Json(new { problem, advice }, status);

    /// <inheritdoc cref="Refusal(int, string, string?)"/>
    /// <param name="field">The field of the page that it is about; `null` if none is.</param>
    public static HttpAnswer Refusal(TinySoraException e, string? field = null) => Json(new { problem = e.Message, e.Advice, field }, 422);

    /// <param name="closes">Whether the connection ends with it.</param>
    public async Task Write(Stream stream, bool closes, CancellationToken cancellation)
    {
        var head = $"""
            HTTP/1.1 {Status} {(Status < 400 ? "OK" : "Refused")}
            Content-Type: {ContentType}
            Content-Length: {Body.Length}
            Cache-Control: no-store
            Content-Security-Policy: {ContentSecurity}
            Cross-Origin-Resource-Policy: same-origin
            Referrer-Policy: no-referrer
            X-Content-Type-Options: nosniff
            Connection: {(closes ? "close" : "keep-alive")}


            """.ReplaceLineEndings("\r\n");
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. Body], cancellation);
        await stream.FlushAsync(cancellation);
    }
}

/// <summary>The files of the page, which travel in the assembly: plain HTML, CSS and scripts of the folder Page.</summary>
internal static class PageFiles
{
    private const string Root = "studio/";

    public const string Page = "studio.html";

    /// <summary>A file of the page; null: there is none of this name.</summary>
    public static HttpAnswer? Find(string name) => Bytes(name) is { } bytes ? new HttpAnswer(200, TypeOf(name), bytes) : null;

    public static string Text(string name) => System.Text.Encoding.UTF8.GetString(Bytes(name)!);

    private static byte[]? Bytes(string name)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(Root + name);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
}

using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Studio;

/// <param name="Status">HTTP status code, such as 200, 403, 404 or 409.</param>
/// <param name="ContentType">MIME type, such as text/html.</param>
internal sealed record HttpAnswer(int Status, string ContentType, byte[] Body)
{
    /// <summary>Content security policy. The page can load only the studio's own files, even if a name or prompt contains HTML.</summary>
    private const string ContentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Creates a JSON response with property names in camel case. Characters with a special meaning in HTML are escaped.</summary>
    public static HttpAnswer Json(object value, int status = 200) => new(status, "application/json", JsonBytes(value));

    /// <summary>Serializes a value as JSON, as in the body of a <see cref="Json"/> response.</summary>
    public static byte[] JsonBytes(object value) => JsonSerializer.SerializeToUtf8Bytes(value, Form);

    /// <exception cref="JsonException">The body does not match the type.</exception>
    public static T Read<T>(byte[] body) => JsonSerializer.Deserialize<T>(body, Form) ?? throw new JsonException("The body is null.");

    /// <param name="advice">Advice on how to fix the problem; <c>null</c> if there is none.</param>
    public static HttpAnswer Refusal(int status, string problem, string? advice = null) => Json(new { problem, advice }, status);

    /// <inheritdoc cref="Refusal(int, string, string?)"/>
    /// <param name="field">Name of the field on the page that caused the error; <c>null</c> if the error was not caused by a field.</param>
    public static HttpAnswer Refusal(TinySoraException e, string? field = null) => Json(new { problem = e.Message, e.Advice, field }, 422);

    /// <param name="closes">Whether the connection is closed after the response.</param>
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

/// <summary>The files of the page, embedded in the assembly: plain HTML, CSS and scripts from the Page folder.</summary>
internal static class PageFiles
{
    private const string Root = "studio/";

    public const string Page = "studio.html";

    /// <summary>Returns a file of the page as a response; <c>null</c> if there is no file with this name.</summary>
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

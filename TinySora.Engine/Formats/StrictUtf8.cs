using System.Text;

namespace TinySora.Engine.Formats;

/// <summary>UTF-8 without a byte order mark that rejects invalid bytes instead of silently replacing them.</summary>
internal static class StrictUtf8
{
    /// <summary>Encoding that throws <see cref="DecoderFallbackException"/> on reading invalid bytes.</summary>
    public static UTF8Encoding Encoding { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}

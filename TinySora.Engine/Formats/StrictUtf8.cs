using System.Text;

namespace TinySora.Engine.Formats;

/// <summary>UTF-8 without a mark at its beginning, which takes no bytes that are none: signs would be lost without a word.</summary>
internal static class StrictUtf8
{
    /// <summary>The encoding, which throws <see cref="DecoderFallbackException"/> when it reads.</summary>
    public static UTF8Encoding Encoding { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}

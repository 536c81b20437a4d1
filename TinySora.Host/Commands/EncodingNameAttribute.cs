using System.Text;

namespace TinySora.Commands;

/// <summary>An encoding by the names that PowerShell has for it, or by .NET's name or number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingNameAttribute : ArgumentTransformationAttribute
{
    /// <summary>UTF-8 without a byte order mark.</summary>
    public static Encoding Usual { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is PSObject { BaseObject: Encoding } or Encoding ? inputData
        : LanguagePrimitives.ConvertTo<string>(inputData).ToUpperInvariant() switch
        {
            "UTF8" or "UTF8NOBOM" or "DEFAULT" => Usual,
            "UTF8BOM" => Encoding.UTF8,
            "ASCII" or "OEM" => Encoding.ASCII,
            "ANSI" => Encoding.Latin1,
            "UNICODE" or "STRING" => Encoding.Unicode,
            "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
            "UTF32" => Encoding.UTF32,
            "BIGENDIANUTF32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
            var name when int.TryParse(name, out var page) => Encoding.GetEncoding(page),
            var name => Encoding.GetEncoding(name),
        };
}

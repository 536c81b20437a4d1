namespace TinySora.Engine.Formats.Weights;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Type">Element type in the file's notation: F32, BF16, I64 ...</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte, counted likewise.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length in bytes.</summary>
    public long Length => End - Begin;
}

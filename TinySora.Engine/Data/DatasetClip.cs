using TinySora.Engine.Formats;

namespace TinySora.Engine.Data;

/// <summary>A clip that was written into a dataset.</summary>
/// <param name="Captions">Captions of the clip; empty if it has none.</param>
public sealed record DatasetClip(string Path, TextList<string> Captions)
{
    internal DatasetClip(string path, IEnumerable<string> captions)
        : this(path, new TextList<string>(captions))
    {
    }

    /// <summary>First caption of the clip; <c>null</c> if it has none.</summary>
    public string? Caption => Captions.FirstOrDefault();
}

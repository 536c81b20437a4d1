namespace TinySora.Engine.Formats;

/// <summary>A file of named tensors, checked when it is opened and read later. Nothing in it is executed.</summary>
public interface ITensorFile : IDisposable
{
    string Path { get; }

    /// <summary>What the file says besides its tensors, as text by name.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }
}

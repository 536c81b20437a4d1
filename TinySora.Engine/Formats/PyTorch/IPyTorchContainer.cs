namespace TinySora.Engine.Formats.PyTorch;

/// <summary>One of the two forms of a PyTorch file: an object and, by key, the bytes that its tensors are made of.</summary>
internal interface IPyTorchContainer : IDisposable
{
    /// <summary>The saved object, as <see cref="PickleMachine"/> gives it. All storages that it refers to are there in full length.</summary>
    object? Root { get; }

    /// <param name="key">Of a storage.</param>
    /// <param name="begin">First byte in the storage.</param>
    /// <exception cref="InvalidDataException">Compressed bytes that are damaged.</exception>
    void Read(string key, long begin, Span<byte> destination);
}

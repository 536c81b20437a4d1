namespace TinySora.Engine.Data.Writing;

/// <summary>A kind of dataset that New-TinySoraDataset makes; <c>DatasetKinds</c> lists them.</summary>
public abstract class DatasetKind
{
    public abstract string Name { get; }

    /// <summary>A one-line description, for completion.</summary>
    public abstract string Description { get; }

    /// <summary>Parameters of New-TinySoraDataset that mean something to this kind and not to every one.</summary>
    public virtual IReadOnlyList<string> Parameters => [];
}

namespace TinySora.Engine.Data.Kinds;

/// <summary>A kind of dataset that New-TinySoraDataset makes; <see cref="DatasetKinds"/> lists them.</summary>
public abstract class DatasetKind
{
    public abstract string Name { get; }

    /// <summary>One line for completion.</summary>
    public abstract string Description { get; }

    /// <summary>Parameters of New-TinySoraDataset that mean something to this kind and not to every one.</summary>
    public virtual IReadOnlyList<string> Parameters => [];
}

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

/// <summary>A clip of a drawn dataset, with its number.</summary>
/// <param name="Name">Below the folder, without extension.</param>
/// <param name="Number">Which of the kind's clips it is.</param>
internal readonly record struct NumberedClip(string Name, int Number);

/// <summary>A kind whose clips are drawn.</summary>
public abstract class DrawnKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters => ["Seed", "ImageSize", "Frames", "Format"];

    /// <summary>The options that hold unless others are asked for.</summary>
    public abstract DrawOptions Defaults { get; }

    /// <summary>Checks the options and opens the files that they name.</summary>
    /// <returns>Draws clip k: a pure function of the options and k, so that an interrupted run can go on; called on several threads at once.</returns>
    /// <exception cref="Errors.TinySoraException">An option out of range, or an unusable file.</exception>
    internal abstract Func<int, CaptionedClip> Open(DrawOptions options);

    /// <summary>All clips of a dataset of <paramref name="count"/> clips.</summary>
    internal virtual IEnumerable<NumberedClip> Clips(int count) => Enumerable.Range(0, count).Select(k => new NumberedClip($"{k:D5}", k));
}

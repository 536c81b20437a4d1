using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Writing;

/// <summary>A kind of dataset that New-TinySoraDataset can create. <c>DatasetKinds</c> lists all kinds.</summary>
public abstract class DatasetKind
{
    public abstract string Name { get; }

    /// <summary>A one-line description, for argument completion.</summary>
    public abstract string Description { get; }

    /// <summary>Parameters of New-TinySoraDataset that apply to this kind, but not to all kinds.</summary>
    public virtual IReadOnlyList<string> Parameters => [];
}

/// <summary>A clip in a synthetic dataset, and its number.</summary>
/// <param name="Name">Path relative to the folder, without extension.</param>
/// <param name="Number">Number of the clip within the kind.</param>
internal readonly record struct NumberedClip(string Name, int Number);

/// <summary>A kind of dataset with synthetic clips, which are drawn instead of cut from videos.</summary>
public abstract class SyntheticKind : DatasetKind
{
    public override IReadOnlyList<string> Parameters => ["Count", "Seed", "ImageSize", "Frames", "Format"];

    /// <summary>Whether the clips are drawn from files that the user can specify as the source.</summary>
    public virtual bool TakesSource => false;

    /// <summary>Default options of this kind.</summary>
    public abstract DrawOptions Defaults { get; }

    /// <summary>Checks the options and opens the files that they specify.</summary>
    /// <returns>
    /// A function that draws clip k and is called on several threads. It must be a pure function of the options and k, so that an interrupted run can
    /// resume.
    /// </returns>
    /// <exception cref="TinySoraException">An option is out of range, or a file is unusable.</exception>
    internal abstract Func<int, CaptionedClip> Open(DrawOptions options);

    /// <inheritdoc cref="Open(DrawOptions)"/>
    /// <param name="failed">Receives the error for each unusable file that the clips can be drawn without.</param>
    internal virtual Func<int, CaptionedClip> Open(DrawOptions options, Action<TinySoraException> failed) => Open(options);

    /// <summary>Returns all clips of a dataset of <paramref name="count"/> clips.</summary>
    internal virtual IEnumerable<NumberedClip> Clips(int count) => Enumerable.Range(0, count).Select(k => new NumberedClip($"{k:D5}", k));
}

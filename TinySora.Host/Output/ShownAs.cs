namespace TinySora.Host.Output;

/// <summary>How a view shows a text.</summary>
internal enum ShownAs
{
    /// <summary>As it is.</summary>
    Text,

    /// <summary>A path: as seen from here, and shortened in the middle where there is no room.</summary>
    Path,

    /// <summary>The state of a run, in its colour.</summary>
    State,
}

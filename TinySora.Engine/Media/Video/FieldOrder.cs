namespace TinySora.Engine.Media.Video;

/// <summary>How the two fields of a frame follow one another.</summary>
internal enum FieldOrder
{
    /// <summary>Frames are whole pictures of one moment.</summary>
    Progressive,

    /// <summary>Each frame says whether it is interlaced, and which field comes first.</summary>
    ByFrame,

    /// <summary>The container says that all frames are interlaced, with the top field first.</summary>
    TopFirst,

    /// <summary>The container says that all frames are interlaced, with the bottom field first.</summary>
    BottomFirst,
}

namespace TinySora.Engine.Data.Import;

/// <summary>Which of a video's captions its clips get.</summary>
public enum CaptionChoice
{
    /// <summary>The first of the table.</summary>
    First,

    /// <summary>For every clip one at random.</summary>
    Random,

    /// <summary>Every one: the clip is written once for each.</summary>
    All,
}

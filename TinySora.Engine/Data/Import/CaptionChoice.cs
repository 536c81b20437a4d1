namespace TinySora.Engine.Data.Import;

/// <summary>How a clip gets one of its video's captions.</summary>
public enum CaptionChoice
{
    /// <summary>The first caption of the table.</summary>
    First,

    /// <summary>A caption at random for every clip.</summary>
    Random,

    /// <summary>Every caption: the clip is written once for each.</summary>
    All,
}

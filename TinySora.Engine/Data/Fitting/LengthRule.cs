namespace TinySora.Engine.Data.Fitting;

/// <summary>The treatment of clips that have another number of frames than the model.</summary>
public enum LengthRule
{
    /// <summary>Longer clips are cut, and shorter ones filled up with black.</summary>
    Fit,

    /// <summary>Longer clips are cut, shorter ones left out.</summary>
    DropShort,

    /// <summary>Clips of another length are left out.</summary>
    Refuse,

    /// <summary>Clips keep their length.</summary>
    Keep,
}

namespace TinySora.Engine.Data.Fitting;

/// <summary>What becomes of clips that have not the frames of the model.</summary>
public enum LengthRule
{
    /// <summary>Longer ones are cut, shorter ones filled up with black.</summary>
    Fit,

    /// <summary>Longer clips are cut, shorter ones left out.</summary>
    DropShort,

    /// <summary>Clips of another length are left out.</summary>
    Refuse,

    /// <summary>Clips keep their length.</summary>
    Keep,
}

using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The context that tokens of mdGPT attend to.</summary>
public enum ContextType
{
    /// <summary>All of the frame before.</summary>
    [Spelled("prev_frame")]
    PrevFrame,

    /// <summary>The row before, of the same frame.</summary>
    [Spelled("prev_row")]
    PrevRow,

    /// <summary>All rows before, of the same frame.</summary>
    [Spelled("same_frame")]
    SameFrame,
}

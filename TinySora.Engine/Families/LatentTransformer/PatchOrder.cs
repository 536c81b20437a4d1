namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Where the patches of a DiT are.</summary>
public enum PatchOrder
{
    /// <summary>In a row of 512 after the other, in the order of the sequence, as the published code has it.</summary>
    Seq512,

    /// <summary>In time, rows and columns.</summary>
    Tyx,
}

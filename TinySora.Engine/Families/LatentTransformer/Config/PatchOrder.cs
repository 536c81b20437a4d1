namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The positions of a DiT's patches.</summary>
public enum PatchOrder
{
    /// <summary>Positions numbered in one row of 512, in the order of the sequence, as the published code has it.</summary>
    Seq512,

    /// <summary>Positions in time, rows and columns.</summary>
    Tyx,
}

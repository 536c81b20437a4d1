namespace TinySora.Engine.Data.Store;

/// <summary>What a store holds of each clip, once or several times in a row.</summary>
/// <param name="Description">Differs when the bytes would.</param>
/// <param name="Length">Bytes.</param>
internal sealed record StoreSlot(string Description, int Length);

namespace TinySora.Engine.Files;

/// <summary>What is to happen where something could not be made.</summary>
internal static class OnFailure
{
    /// <summary>Makes something out of an open file or a model, which is closed or freed if that fails, and else belongs to what was made.</summary>
    /// <param name="owned">Null: there is nothing to free.</param>
    public static T Dispose<T>(IDisposable? owned, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            owned?.Dispose();
            throw;
        }
    }
}

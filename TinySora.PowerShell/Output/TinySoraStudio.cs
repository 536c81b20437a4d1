namespace TinySora.PowerShell.Output;

/// <summary>The page of a studio that Start-TinySoraStudio has opened.</summary>
/// <param name="Uri">The address, on this machine alone, with the token without which nothing is answered.</param>
/// <param name="Checkpoint">The checkpoint whose model it holds open.</param>
/// <param name="Step">Steps that the model was trained.</param>
/// <param name="OutputPath">The folder of what is saved there.</param>
public sealed record TinySoraStudio(Uri Uri, string Checkpoint, int Step, string OutputPath)
{
    /// <summary>The address of the page as text.</summary>
    public override string ToString() => Uri.AbsoluteUri;
}

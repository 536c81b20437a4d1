namespace TinySora.Engine.Text;

/// <summary>An encoder that is not trained: a text has the same vector for ever.</summary>
public interface IFrozenTextEncoder : ITextEncoder, IDisposable
{
    /// <summary>The same for encoders that give the same vectors, and fit for a file name.</summary>
    string Fingerprint { get; }
}

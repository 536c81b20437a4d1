namespace TinySora.Engine.Text;

/// <summary>An encoder that is not trained: a text has the same vector for ever.</summary>
public interface IFrozenTextEncoder : ITextEncoder, IDisposable
{
    /// <summary>A text that is equal for encoders that give equal vectors, and fit for a file name.</summary>
    string Fingerprint { get; }
}

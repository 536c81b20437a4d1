namespace TinySora.Engine.Formats.PyTorch;

/// <summary>An argparse.Namespace that is to be written.</summary>
public sealed record PythonNamespace(IReadOnlyDictionary<string, object> Attributes);

namespace TinySora.Engine.Interop.PyTorch;

/// <summary>An argparse.Namespace that is to be written.</summary>
public sealed record PythonNamespace(IReadOnlyDictionary<string, object> Attributes);

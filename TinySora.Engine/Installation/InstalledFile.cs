namespace TinySora.Engine.Installation;

/// <summary>A native library that was installed or pointed to.</summary>
/// <param name="Path">Its name in the runtime's folder, or a full path.</param>
/// <param name="Sha512">In hexadecimal digits.</param>
public sealed record InstalledFile(string Path, long Length, string Sha512);

namespace TinySora.Engine.Media.Files;

internal static partial class StillImage
{
    static partial void Decode(string path, byte[] file, ref Clip? clip) => clip = ImageSharpPicture.Read(path, file);
}

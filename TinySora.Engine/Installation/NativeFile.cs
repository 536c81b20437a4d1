using System.Runtime.InteropServices;

namespace TinySora.Engine.Installation;

/// <summary>The names that the operating system gives to files of native libraries.</summary>
internal static class NativeFile
{
    /// <summary>The file of a library, in the first folder that has it; null: none.</summary>
    public static string? Find(IEnumerable<string> folders, string library) =>
        folders.SelectMany(folder => new[] { Of(library), library }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <exception cref="DllNotFoundException">It cannot be loaded; the message names the file that is the reason.</exception>
    /// <exception cref="BadImageFormatException">Likewise.</exception>
    public static nint Load(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(WindowsLibrary.WhatIsWrong(file));
        }
    }

    /// <summary>The name of a library's file.</summary>
    public static string Of(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}

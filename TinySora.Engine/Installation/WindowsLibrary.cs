using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text;

namespace TinySora.Engine.Installation;

/// <summary>
/// Finds the file that keeps a library from being loaded. Where a needed library is missing or damaged, Windows says only that something is
/// wrong (error 126 or 193); Linux names the file.
/// </summary>
internal static class WindowsLibrary
{
    private const int EntryLength = 20, NameAt = 12;

    /// <summary>The cause in one sentence, for a user to read.</summary>
    /// <param name="file">A library that could not be loaded.</param>
    public static string WhatIsWrong(string file)
    {
        List<string> needed;
        try
        {
            needed = Needed(file);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or ArgumentException)
        {
            return $"{file} is damaged.";
        }

        foreach (var name in needed)
        {
            var beside = Path.Combine(Path.GetDirectoryName(file)!, name);
            if (File.Exists(beside))
            {
                if (!NativeLibrary.TryLoad(beside, out _))
                {
                    return WhatIsWrong(beside);
                }
            }
            else if (!NativeLibrary.TryLoad(name, typeof(WindowsLibrary).Assembly, DllImportSearchPath.System32, out _)
                && !NativeFile.TryLoadInstalled(name, out _))
            {
                return $"{file} needs {name}, which is neither beside it nor part of this system.{Remedy(name)}";
            }
        }

        return $"{file} is damaged.";
    }

    private static string Remedy(string name) =>
        name.StartsWith("vcruntime", StringComparison.OrdinalIgnoreCase) || name.StartsWith("msvcp", StringComparison.OrdinalIgnoreCase)
            ? " It comes with Microsoft's Visual C++ Redistributable (winget install Microsoft.VCRedist.2015+.x64)." : "";

    /// <summary>The names of the libraries that a file imports (PE format, the import directory table).</summary>
    internal static List<string> Needed(string file)
    {
        using var reader = new PEReader(File.OpenRead(file));
        var names = new List<string>();
        var table = reader.PEHeaders.PEHeader is { } header
            ? reader.GetSectionData(header.ImportTableDirectory.RelativeVirtualAddress).GetReader()
            : throw new BadImageFormatException($"{file} is no library of Windows.");
        while (table.RemainingBytes >= EntryLength)
        {
            table.Offset += NameAt;
            var name = table.ReadInt32();
            table.Offset += EntryLength - NameAt - sizeof(int);
            if (name == 0)
            {
                break;
            }

            var text = reader.GetSectionData(name).GetReader();
            names.Add(Encoding.ASCII.GetString(text.ReadBytes(text.IndexOf(0))));
        }

        return names;
    }
}

using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text;

namespace TinySora.Engine.Installation;

/// <summary>
/// Finds the file that prevents a library from loading. If a dependency is missing or corrupt, Windows reports only error 126 or 193 without a file name,
/// whereas Linux reports the name.
/// </summary>
internal static class DllDiagnostics
{
    private const int EntryLength = 20, NameAt = 12;

    /// <summary>Returns one or two sentences for the user that explain why a library fails to load.</summary>
    /// <param name="file">Path of the library that fails to load.</param>
    public static string Diagnose(string file) => Diagnose(file, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { file });

    /// <param name="seen">Libraries already examined, because libraries can import each other.</param>
    private static string Diagnose(string file, HashSet<string> seen)
    {
        List<string> needed;
        try
        {
            needed = ReadImports(file);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or ArgumentException)
        {
            return $"{file} is corrupt.";
        }

        foreach (var name in needed)
        {
            var beside = Path.Combine(Path.GetDirectoryName(file)!, name);
            if (File.Exists(beside))
            {
                if (!NativeLibrary.TryLoad(beside, out _) && seen.Add(beside))
                {
                    return Diagnose(beside, seen);
                }
            }
            else if (!NativeLibrary.TryLoad(name, typeof(DllDiagnostics).Assembly, DllImportSearchPath.System32, out _)
                && !NativeFile.TryLoadInstalled(name, out _))
            {
                return $"{file} needs {name}, which is neither in the same folder nor part of this system.{Remedy(name)}";
            }
        }

        return $"{file} is corrupt.";
    }

    private static string Remedy(string name) =>
        name.StartsWith("vcruntime", StringComparison.OrdinalIgnoreCase) || name.StartsWith("msvcp", StringComparison.OrdinalIgnoreCase)
            ? " Install Microsoft's Visual C++ Redistributable (winget install Microsoft.VCRedist.2015+.x64)." : "";

    /// <summary>Returns the names of the libraries that a file imports (import directory table of the PE format).</summary>
    internal static List<string> ReadImports(string file)
    {
        using var reader = new PEReader(File.OpenRead(file));
        var names = new List<string>();
        var table = reader.PEHeaders.PEHeader is { } header
            ? reader.GetSectionData(header.ImportTableDirectory.RelativeVirtualAddress).GetReader()
            : throw new BadImageFormatException($"{file} is not a Windows library.");
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

using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Lets a library compiled by GCC 13 load with the libstdc++ from an older GCC (Debian 12, Ubuntu 22.04, RHEL 9). GCC 13's header &lt;iostream&gt; refers to a
/// function that only the newest libstdc++ has and that is never called. The patch makes the reference and its version requirement weak, because weak
/// symbols may be missing (ELF specification; Linux Standard Base, symbol versioning).
/// </summary>
internal static class LibStdCppPatch
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";

    private const int DynamicSymbols = 11, NeededVersions = 0x6ffffffe, VersionsOfSymbols = 0x6fffffff;
    private const int SymbolLength = 24, SectionLength = 64;
    private const ushort WeakVersion = 2;
    private const byte WeakBinding = 2 << 4;

    /// <param name="library">A 64-bit little-endian ELF file.</param>
    /// <returns>A copy without the version requirement; <c>null</c> if the library does not have this requirement, or needs more than that function.</returns>
    public static byte[]? Apply(ReadOnlySpan<byte> library)
    {
        var mended = library.ToArray();
        try
        {
            return Weaken(mended) ? mended : null;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or KeyNotFoundException)
        {
            // The file is corrupt or truncated. Loading it will report the error.
            return null;
        }
    }

    private static bool Weaken(Span<byte> file)
    {
        if (!file.StartsWith((byte[])[0x7F, .. "ELF"u8, 2, 1]))
        {
            return false;
        }

        var sections = Sections(file);
        var (symbols, length, namesIndex) = sections[DynamicSymbols];
        var names = SectionAt(file, namesIndex).Offset;
        if (NeededVersion(file, sections[NeededVersions].Offset, names) is not { } needed)
        {
            return false;
        }

        var number = Short(file, needed + 6);
        var versions = sections[VersionsOfSymbols].Offset;
        for (var i = 0; i < length / SymbolLength; i++)
        {
            if (Short(file, versions + (2 * i)) != number)
            {
                continue;
            }

            var symbol = symbols + (i * SymbolLength);
            if (Name(file, names, symbol) != Symbol)
            {
                return false;
            }

            file[symbol + 4] = (byte)(WeakBinding | (file[symbol + 4] & 0xF));
        }

        BinaryPrimitives.WriteUInt16LittleEndian(file[(needed + 4)..], (ushort)(Short(file, needed + 4) | WeakVersion));
        return true;
    }

    /// <summary>Returns the offset in the file of the entry for the required version; <c>null</c> if there is none.</summary>
    private static int? NeededVersion(ReadOnlySpan<byte> file, int library, int names)
    {
        while (true)
        {
            var version = library + Int(file, library + 8);
            for (var i = 0; i < Short(file, library + 2); i++)
            {
                if (Name(file, names, version + 8) == Version)
                {
                    return version;
                }

                version += Int(file, version + 12);
            }

            var next = Int(file, library + 12);
            if (next == 0)
            {
                return null;
            }

            library += next;
        }
    }

    /// <summary>Returns the last section of each type in an ELF file; the types used here occur only once.</summary>
    private static Dictionary<int, (int Offset, int Length, int Link)> Sections(ReadOnlySpan<byte> file)
    {
        var sections = new Dictionary<int, (int, int, int)>();
        for (var i = 0; i < Short(file, 60); i++)
        {
            var (type, offset, length, link) = SectionAt(file, i);
            sections[type] = (offset, length, link);
        }

        return sections;
    }

    private static (int Type, int Offset, int Length, int Link) SectionAt(ReadOnlySpan<byte> file, int index)
    {
        var header = Int(file, 40) + (index * SectionLength);
        return (Int(file, header + 4), Int(file, header + 24), Int(file, header + 32), Int(file, header + 40));
    }

    /// <param name="place">Offset in the file of the field that contains the name's offset.</param>
    private static string Name(ReadOnlySpan<byte> file, int names, int place)
    {
        var name = file[(names + Int(file, place))..];
        return Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
    }

    private static ushort Short(ReadOnlySpan<byte> file, int place) => BinaryPrimitives.ReadUInt16LittleEndian(file[place..]);

    /// <summary>Reads a 32-bit number, or the lower half of a 64-bit number. The upper half is zero in files smaller than 2 GiB.</summary>
    private static int Int(ReadOnlySpan<byte> file, int place) => BinaryPrimitives.ReadInt32LittleEndian(file[place..]);
}

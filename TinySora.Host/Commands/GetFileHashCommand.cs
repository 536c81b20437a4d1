using System.Security.Cryptography;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "FileHash", DefaultParameterSetName = "Path")]
public sealed class GetFileHashCommand : PathCommand
{
    [Parameter(Position = 1)]
    [ValidateSet("SHA1", "SHA256", "SHA384", "SHA512", "MD5")]
    public string Algorithm { get; set; } = "SHA256";

    protected override void Process(string path, bool isLiteral)
    {
        foreach (var file in Files(path, isLiteral))
        {
            using var stream = File.OpenRead(file);
            var algorithm = Algorithm.ToUpperInvariant();
            var hash = CryptographicOperations.HashData(new HashAlgorithmName(algorithm), stream);
            PSObject result = new();
            foreach (var (name, value) in ((string, string)[])[("Algorithm", algorithm), ("Hash", Convert.ToHexString(hash)), ("Path", file)])
            {
                result.Properties.Add(new PSNoteProperty(name, value));
            }

            result.TypeNames.Insert(0, "Microsoft.Powershell.Utility.FileHash");
            WriteObject(result);
        }
    }
}

using System.Management.Automation.Language;

namespace TinySora.Commands;

[Cmdlet(VerbsData.Import, "PowerShellDataFile", DefaultParameterSetName = "Path")]
public sealed class ImportPowerShellDataFileCommand : PathCommand
{
    protected override void Process(string path, bool isLiteral)
    {
        foreach (var file in Files(path, isLiteral))
        {
            var table = Parser.ParseFile(file, out _, out var problems).Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false);
            if (problems is [{ Message: var message }, ..])
            {
                throw new PSInvalidOperationException($"{file} is no data file of PowerShell: {message}");
            }

            try
            {
                WriteObject((table ?? throw new InvalidOperationException("it holds no table")).SafeGetValue());
            }
            catch (InvalidOperationException e)
            {
                throw new PSInvalidOperationException($"{file} is no data file of PowerShell: {e.Message}", e);
            }
        }
    }
}

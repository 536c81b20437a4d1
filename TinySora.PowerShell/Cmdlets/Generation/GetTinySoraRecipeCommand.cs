using System.Management.Automation;
using TinySora.Engine.Generation;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Reads the recipes of generated files. Pipe them to Invoke-TinySoraGenerate to generate the videos again.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraRecipe", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Get-TinySoraRecipe.md")]
[OutputType(typeof(ClipRecipe))]
public sealed class GetTinySoraRecipeCommand : PathCmdlet
{
    protected override void ProcessPath(string path)
    {
        if (Try(() => ClipRecipe.Read(path)) is ClipRecipe recipe)
        {
            WriteObject(recipe);
        }
    }
}

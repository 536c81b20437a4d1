using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>Compares the lines of docs/originals.md with the existing cmdlets and presets.</summary>
public sealed partial class OriginalsTests
{
    private static readonly string[] Page = File.ReadAllLines(Repository.At("docs/originals.md"));

    public static TheoryData<string> Lines => [.. Page.SelectMany(line => Code().Matches(line).Select(code => code.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal)))
        .Where(code => Cmdlet().IsMatch(code)).Distinct()];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Every_line_names_existing_cmdlets_parameters_and_presets(string line)
    {
        var commands = Parser.ParseInput(line, out _, out var errors).FindAll(part => part is CommandAst, searchNestedScriptBlocks: true);
        Assert.Empty(errors);
        foreach (var command in commands.Cast<CommandAst>())
        {
            var cmdlet = Assert.Single(Workspace.Cmdlets, cmdlet => cmdlet.Name == command.GetCommandName());
            Assert.All(command.CommandElements.OfType<CommandParameterAst>(), element => cmdlet.ResolveParameter(element.ParameterName));
            if (cmdlet.Name == "Start-TinySoraTraining")
            {
                var config = command.CommandElements[1] is StringConstantExpressionAst word ? word.Value : "";
                Assert.True(config.EndsWith(".yaml", StringComparison.Ordinal) || File.Exists(Repository.At($"configs/{config}.yaml")), config);
            }
        }
    }

    /// <summary>Commands in the original projects' documentation: one word of each.</summary>
    [Theory]
    [InlineData("synthetic_object.py"), InlineData("msrvtt.py"), InlineData("python train.py"), InlineData("generate.py --text")]
    [InlineData("flying_mnist_11k.tar.gz"), InlineData("--network_variant s8_b"), InlineData("--network_variant vae_s4t4_b"), InlineData("python latents.py")]
    [InlineData("tokenize_videos.py"), InlineData("Latte-S/2"), InlineData("Latte-T/2"), InlineData("flying_mnist__model-nilqq143_latents")]
    [InlineData("flying_mnist_110k__model-kbu39ped_tokens"), InlineData("--resume_from zzsi_kungfu"), InlineData("flying_mnist__sd-vae-ft-mse_latents")]
    [InlineData("train_latent_nanogpt.py"), InlineData("train_latent_mdgpt.py"), InlineData("train_latent_mamba.py")]
    [InlineData("download_msr_vtt_dataset.sh"), InlineData("collate_msr_vtt_dataset.py"), InlineData("MSRVTT-collated/train"), InlineData("MSRVTT-collated/val")]
    [InlineData("-c /path/to/captions.json"), InlineData("scripts/train.sh"), InlineData("capture_frames"), InlineData("tools.train_vae --config")]
    [InlineData("tools.save_latents"), InlineData("tools.train_vae_ditv"), InlineData("tools.sample_vae_ditv")]
    public void Every_command_of_the_originals_has_a_line_with_its_TinySora_equivalent(string command) =>
        Assert.Contains(Page, line => Row().Match(line) is { Success: true } row && row.Groups[1].Value.Contains(command, StringComparison.Ordinal));

    [GeneratedRegex("`((?:[^`]|\\\\\\|)+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Z][a-z]+[A-Za-z]*-TinySora[A-Za-z]+ ")]
    private static partial Regex Cmdlet();

    [GeneratedRegex("^\\| `(.+)` \\| `[A-Z][a-z]+-TinySora.+` \\|$")]
    private static partial Regex Row();
}

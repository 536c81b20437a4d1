using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;
using TinySora.Commands;

namespace TinySora.Host.Tests;

/// <summary>
/// Each command against what PowerShell 7.6's own wrote for the same lines, which PowerShellsAnswers.txt holds: the lines, then what they wrote
/// in 100 columns, then warnings and the ids of errors. Lines that end in "# Linux" have another answer elsewhere: line ends, separators, hidden files.
/// </summary>
public sealed partial class CommandTests : IDisposable
{
    private static readonly Dictionary<string, string> Answers = Question().Split(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "PowerShellsAnswers.txt"))).Where(block => block.Length > 0)
        .Select(block => block["PS> ".Length..].Split('\n', 2)).ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? "");

    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-host-").FullName;

    public static TheoryData<string> Lines => [.. Answers.Keys];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Answers_as_PowerShell_does(string line)
    {
        if (line.EndsWith("# Linux", StringComparison.Ordinal))
        {
            Needs.Unix("line ends, separators of paths and hidden files as Linux has them");
        }

        Assert.Equal(Answers[line].TrimEnd(), Run(line).TrimEnd(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Every_command_has_an_answer_of_PowerShells()
    {
        using var runspace = Open();
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        var names = shell.AddScript("Get-Command -CommandType Cmdlet | Where-Object { $_.ImplementingType.Namespace -eq 'TinySora.Commands' }").Invoke()
            .Select(command => ((CommandInfo)command.BaseObject).Name).Except(["Read-Host"]).ToArray();
        Assert.True(names.Length > 60, $"{names.Length} commands");
        Assert.All(names, name => Assert.Contains(Answers.Keys, line => line.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_command_that_PowerShell_alone_has_says_so()
    {
        using var runspace = Open();
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        shell.AddScript("1, 2 | Select-String x -Path y").Invoke();
        var error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("CommandMissingHere,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Select-String belongs to PowerShell", error.Exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Runspace Open()
    {
        var runspace = RunspaceFactory.CreateRunspace(HostCommands.CreateState(moduleFolder: null));
        runspace.Open();
        HostCommands.TellWhatIsMissing(runspace);
        runspace.SessionStateProxy.Path.SetLocation(folder);
        return runspace;
    }

    private string Run(string line)
    {
        using var runspace = Open();
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        var lines = shell.AddScript(line).AddCommand("Out-String").AddParameter("Width", 100).AddParameter("Stream").Invoke()
            .Select(text => Color().Replace(text.ToString(), "").TrimEnd())
            .Concat(shell.Streams.Warning.Select(warning => $"WARNING: {warning}"))
            .Concat(shell.Streams.Error.Select(error => $"ERROR: {error.FullyQualifiedErrorId.Split(',')[0]}"));
        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"^(?=PS> )", RegexOptions.Multiline)]
    private static partial Regex Question();

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Color();
}

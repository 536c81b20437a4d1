using System.Diagnostics;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>The program as a shell starts it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly Samples samples = new();

    public ProgramTests()
    {
        var folder = Path.GetDirectoryName(Samples.AssemblyPath)!;
        var module = samples.Write("module/TinySora.PowerShell.dll", "");
        File.Copy(Samples.AssemblyPath, module, overwrite: true);
        File.Copy(Path.Combine(folder, "Sample.format.ps1xml"), Path.Combine(samples.Folder, "module", "Sample.format.ps1xml"));
    }

    [Fact]
    public void Words_and_one_text_run_the_same_pipeline()
    {
        var (code, output, error) = Run("New-Thing", "a cat, sleeping", "|", "Select-Object", "-ExpandProperty", "Name");
        Assert.Equal((ExitCode.Success, $"a cat, sleeping{Environment.NewLine}", ""), (code, output, error));
        Assert.Equal((code, output, error), Run("New-Thing 'a cat, sleeping' | Select-Object -ExpandProperty Name"));
    }

    [Fact]
    public void Exit_codes_tell_errors_from_wrong_use()
    {
        Assert.Equal(ExitCode.Errors, Run("Send-Message").Code);
        Assert.Equal(ExitCode.Usage, Run("Send-Massage").Code);
        Assert.Equal(ExitCode.Usage, Run("Send-Message", "-Loud").Code);
        Assert.Equal(ExitCode.Usage, Run().Code);
        Assert.Equal(ExitCode.Success, Run("--version").Code);
    }

    [Fact]
    public void Objects_and_messages_have_streams_of_their_own()
    {
        (_, var output, var error) = Run("Send-Message");
        Assert.Equal("done", output.Trim());
        Assert.Contains("WARNING: careful", error, StringComparison.Ordinal);
        Assert.Contains("Sample.Thing.Broken", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output + error);
    }

    [Fact]
    public void Help_lists_the_commands_of_the_module_and_of_the_host()
    {
        var (code, output, _) = Run("help");
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("New-Thing", output, StringComparison.Ordinal);
        Assert.Matches(@"Import-Csv\s+Reads CSV files", output);
        Assert.Contains("SYNTAX", Run("help", "New-Thing").Output, StringComparison.Ordinal);
        Assert.Contains("SYNTAX", Run("New-Thing", "-?").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_to_end_lets_the_cmdlet_finish()
    {
        Needs.Unix("SIGTERM");

        using var process = Start("Wait-Stop", "stopped.txt");
        Assert.Equal("waiting", process.StandardOutput.ReadLine());
        HostProgram.Terminate(process);
        process.WaitForExit();
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Equal(["stopping=True"], samples.Lines("stopped.txt"));
    }

    [Fact]
    public void A_second_request_ends_at_once()
    {
        Needs.Unix("SIGTERM");

        using var process = Start("Wait-Stop", "stopped.txt", "-Stubborn", "-Verbose");
        Assert.Equal("waiting", process.StandardOutput.ReadLine());
        HostProgram.Terminate(process);
        Assert.Contains("heard", process.StandardError.ReadLine(), StringComparison.Ordinal);
        HostProgram.Terminate(process);
        process.WaitForExit();
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.False(File.Exists(Path.Combine(samples.Folder, "stopped.txt")));
    }

    public void Dispose() => samples.Dispose();

    private string Module => Path.Combine(samples.Folder, "module");

    private Process Start(params string[] args) => HostProgram.Start(samples.Folder, Module, args);

    private (int Code, string Output, string Error) Run(params string[] args) => HostProgram.Run(samples.Folder, Module, args);
}

namespace TinySora.Host.Tests;

/// <summary>The program as a shell starts it, with a module that is a few lines of PowerShell.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-host-").FullName;

    public ProgramTests()
    {
        Write("module/TinySora.psd1", "@{ ModuleVersion = '1.0'; RootModule = 'TinySora.psm1'; FunctionsToExport = '*' }");
        Write("module/TinySora.psm1", """
            function Get-Sample([string]$Name = 'none') { "sample $Name" }
            function Wait-Stop([string]$Path, [switch]$Stubborn) {
                try {
                    'waiting'
                    Start-Sleep 600
                }
                finally {
                    [Console]::Error.WriteLine('heard')
                    if ($Stubborn) { [Threading.Thread]::Sleep(600000) }
                    Set-Content $Path stopped
                }
            }
            """);
    }

    [Fact]
    public void Words_and_one_text_run_the_same_pipeline()
    {
        var (code, output, error) = Run("Get-Sample", "a cat, sleeping", "|", "ForEach-Object", "{ \"$_!\" }");
        Assert.Equal((0, $"sample a cat, sleeping!{Environment.NewLine}", ""), (code, output, error));
        Assert.Equal((code, output, error), Run("Get-Sample 'a cat, sleeping' | ForEach-Object { \"$_!\" }"));
    }

    [Theory]
    [InlineData("TinySora")]
    [InlineData("TinySora/1.0")]
    public void A_script_imports_the_module_by_its_name(string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, "modules", place))!);
        Directory.Move(Path.Combine(folder, "module"), Path.Combine(folder, "modules", place));
        Write("imports.ps1", "Import-Module TinySora -ErrorAction Stop; Get-Sample; (Get-Module TinySora).Count");
        var (code, output, error) = HostProgram.Run(folder, Path.Combine(folder, "modules", place), "imports.ps1");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(["sample none", "1"], output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>As where memory may not grow: then a library cannot be loaded, either.</summary>
    [Fact]
    public void What_keeps_PowerShell_from_starting_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "On other systems PowerShell starts without that library.");
        var program = HostProgram.Line[^1];
        var copy = Directory.CreateDirectory(Path.Combine(folder, "program")).FullName;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(program)!).Where(file => Path.GetFileName(file) != "libpsl-native.so"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        using var process = HostProgram.Start(
            HostProgram.Line[0], [Path.Combine(copy, Path.GetFileName(program)), "1"], folder, Path.Combine(folder, "module"));
        var (code, _, error) = HostProgram.Finish(process);
        Assert.Equal(1, code);
        Assert.StartsWith("tinysora cannot start: ", error, StringComparison.Ordinal);
        Assert.Contains("give it more", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'x'", 1)]
    [InlineData("nosuch", 1)]
    [InlineData("1 +", 1)]
    [InlineData("Get-Item nowhere; 'after'", 0)]
    [InlineData("'before'; Get-Item nowhere", 1)]
    [InlineData("Write-Error -Category ResourceBusy later", 75)]
    public void The_exit_code_is_that_of_PowerShell_and_75_where_another_try_helps(string line, int code) => Assert.Equal(code, Run(line).Code);

    [Fact]
    public void A_script_takes_its_parameters_and_its_exit_code_is_the_programs()
    {
        Write("script.ps1", "param($Name, [switch]$Loud, $Rest)\n\"$Name $Loud $Rest $(Split-Path $PSCommandPath -Leaf)\"\nWrite-Error broken\nexit 4");
        var (code, output, error) = Run("script.ps1", "-Name", "a b", "-Loud", "-Rest:last");
        Assert.Equal((4, "a b True last script.ps1"), (code, output.Trim()));
        Assert.Contains("broken", error, StringComparison.Ordinal);
        Write("throws.ps1", "'before'; throw 'bad end'");
        (code, output, error) = Run("./throws.ps1");
        Assert.Equal((1, "before"), (code, output.Trim()));
        Assert.Contains("throws.ps1:1", error, StringComparison.Ordinal);
        Write("well.ps1", "Write-Error broken; 'end'");
        Assert.Equal(0, Run("well.ps1").Code);
        Assert.Equal(64, Run("nowhere.ps1").Code);
    }

    [Fact]
    public void Errors_go_to_standard_error_and_all_else_to_standard_output()
    {
        var (_, output, error) = Run("Write-Warning careful; Write-Host told; Write-Verbose more -Verbose; Write-Progress a b; Write-Error wrong; 'done'", "TERM=dumb");
        Assert.Equal(["WARNING: careful", "told", "VERBOSE: more", "done"], output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("wrong", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output + error);
    }

    [Fact]
    public void Standard_input_is_input_where_a_line_asks_for_it_and_else_commands_where_there_is_no_line()
    {
        Assert.Equal(["got a", "got b"], Lines(Feed("a\nb\n", "$input | ForEach-Object { \"got $_\" }").Output));
        var (code, output, _) = Feed("1 + 1\nif ($true) {\n'in'\n}\nexit 3\n'never'\n");
        Assert.Equal((3, "2 in"), (code, string.Join(' ', Lines(output))));
        Assert.Equal(1, Feed("Get-Item nowhere\n").Code);
    }

    [Theory]
    [InlineData("Read-Host name")]
    [InlineData("New-Item x -Confirm")]
    [InlineData("Get-FileHash -LiteralPath")]
    [InlineData("function f { param([Parameter(Mandatory)]$Name) $Name }; f")]
    public void Where_nobody_can_be_asked_that_is_an_error(string line)
    {
        var (code, output, error) = Run(line);
        Assert.Equal((1, ""), (code, output));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void The_module_is_there_and_help_and_version_are()
    {
        Assert.Equal("sample none", Run("Get-Sample").Output.Trim());
        Assert.Contains("Get-Sample", Run("(Get-Command -Module TinySora).Name").Output, StringComparison.Ordinal);
        Assert.StartsWith("tinysora runs PowerShell", Run("help").Output, StringComparison.Ordinal);
        Assert.Contains("Get-Sample [[-Name] <string>]", Run("help", "Get-Sample").Output, StringComparison.Ordinal);
        Assert.Contains("Get-Sample [[-Name] <string>]", Run("Get-Sample", "-?").Output, StringComparison.Ordinal);
        Assert.Matches(@"^tinysora \d+\.\d+\.\d+, PowerShell 7\.\d+\.\d+\s*$", Run("--version").Output);
    }

    [Fact]
    public void A_job_of_another_process_runs_where_it_was_started_and_has_the_commands()
    {
        var (code, output, error) = Run("Start-Job { \"$args\"; 1..3 | Sort-Object -Descending; (Get-Location).Path } -ArgumentList 'x' | Receive-Job -Wait");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(["x", "3", "2", "1", folder], Lines(output));
    }

    [Fact]
    public void Without_the_module_a_warning_says_what_to_do()
    {
        var (code, output, _) = HostProgram.Run(folder, Path.Combine(folder, "nowhere"), "1");
        Assert.Equal(0, code);
        Assert.Contains("TINYSORA_MODULE", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_cannot_be_imported_is_told_in_one_line()
    {
        Write("module/TinySora.psm1", "throw 'no such luck'");
        var (code, output, error) = Run("1");
        Assert.Equal((1, ""), (code, output));
        Assert.Equal("TinySora cannot be imported: no such luck", Assert.Single(Lines(error)));
    }

    [Fact]
    public void Who_reads_only_the_first_line_gets_it_and_the_program_ends()
    {
        Needs.Unix("sh");
        using var process = HostProgram.Start(
            "sh", ["-c", $"{string.Join(' ', HostProgram.Line.Select(w => $"'{w}'"))} '1..20000 | ForEach-Object {{ \"line $_\" }}' | head -1"], folder, Module);
        Assert.Equal((0, "line 1", ""), (HostProgram.Finish(process) is var (code, output, error) ? code : -1, output.Trim(), error));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")] // the terminal has gone
    public void A_request_to_end_lets_what_runs_finish(string signal)
    {
        if (signal == "HUP")
        {
            Needs.Hangup();
        }

        Needs.Unix(signal);
        using var process = HostProgram.Start(folder, Module, "Wait-Stop stopped.txt");
        Assert.Equal("waiting", process.StandardOutput.ReadLine());
        HostProgram.Terminate(process, signal);
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("stopped", File.ReadAllText(Path.Combine(folder, "stopped.txt")).Trim());
    }

    [Fact]
    public void A_second_request_ends_at_once()
    {
        Needs.Unix("SIGTERM");
        using var process = HostProgram.Start(folder, Module, "Wait-Stop stopped.txt -Stubborn");
        Assert.Equal("waiting", process.StandardOutput.ReadLine());
        HostProgram.Terminate(process);
        Assert.Equal("heard", process.StandardError.ReadLine());
        HostProgram.Terminate(process);
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.False(File.Exists(Path.Combine(folder, "stopped.txt")));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Module => Path.Combine(folder, "module");

    private static string[] Lines(string output) => output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
        File.WriteAllText(Path.Combine(folder, name), text);
    }

    // Windows' consoles go by no such variable.
    private (int Code, string Output, string Error) Run(params string[] args) => args is [var line, "TERM=dumb"] && !OperatingSystem.IsWindows()
        ? Finish(HostProgram.Start("env", ["TERM=dumb", .. HostProgram.Line, line], folder, Module))
        : HostProgram.Run(folder, Module, [.. args.Where(arg => arg != "TERM=dumb")]);

    private (int Code, string Output, string Error) Feed(string input, params string[] args)
    {
        var process = HostProgram.Start(folder, Module, args);
        process.StandardInput.Write(input);
        return Finish(process);
    }

    private static (int Code, string Output, string Error) Finish(System.Diagnostics.Process process)
    {
        using (process)
        {
            return HostProgram.Finish(process);
        }
    }
}

using System.Diagnostics;
using System.Text;

namespace TinySora.Host.Tests;

/// <summary>The program at a terminal of 40 columns, which util-linux's <c>script</c> is.</summary>
public sealed class KeyboardTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-host-").FullName;

    [Fact]
    public void A_session_completes_recalls_goes_on_after_Ctrl_C_and_ends_with_the_code_of_exit()
    {
        using var session = Open("");
        Type(session, "Get-Sam\t -Na\t 'one'; 1 + 4\r", "sample one\r\n5\r\n");
        Type(session, "\u001b[A\u001b[D2\r", "sample one\r\n25\r\n");
        Type(session, "if ($true) {\r", ">> ");
        Type(session, "'inside' }\r", "inside\r\n");
        Type(session, "'begun'; Start-Sleep 600\r", "begun\r\n");
        Type(session, "\u0003", "PS ");
        Type(session, "given up\u0003", "^C");
        Type(session, "'after'\r", "after\r\n");
        Type(session, "Write-Error wrong\r", "wrong");
        session.StandardInput.Write("exit 5\r");
        session.StandardInput.Flush();
        Assert.Equal(5, HostProgram.Finish(session).Code);
    }

    [Fact]
    public void A_dumb_terminal_gets_neither_colours_nor_bars()
    {
        using var session = Open("TERM=dumb");
        Type(session, "Write-Progress a b; Write-Warning careful; 1 + 4\n", "WARNING: careful\r\n5\r\n");
        session.StandardInput.Write("exit\n");
        session.StandardInput.Flush();
        var (code, output, _) = HostProgram.Finish(session);
        Assert.Equal(0, code);
        Assert.DoesNotContain("\u001b[3", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_a_line_of_the_terminals_width_that_goes_away()
    {
        using var process = Start("TERM=xterm", "Write-Progress Working -Status half -PercentComplete 50; 'done'");
        var (code, output, _) = HostProgram.Finish(process);
        Assert.Equal(0, code);
        var bar = output[output.IndexOf("Working [", StringComparison.Ordinal)..output.IndexOf("\u001b[J", StringComparison.Ordinal)];
        Assert.Contains("\u001b[7mhalf", bar, StringComparison.Ordinal);
        Assert.EndsWith("done", output.TrimEnd(), StringComparison.Ordinal);
        Assert.InRange(bar.Replace("\u001b[7m", "", StringComparison.Ordinal).Replace("\u001b[27m", "", StringComparison.Ordinal).IndexOf(']', StringComparison.Ordinal), 20, 39);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Process Open(string variables)
    {
        var session = Start(variables, null);
        Await(session, "PS ");
        return session;
    }

    private Process Start(string variables, string? line)
    {
        Needs.Unix("script");
        var module = Directory.CreateDirectory(Path.Combine(folder, "module")).FullName;
        File.WriteAllText(Path.Combine(module, "TinySora.psd1"), "@{ ModuleVersion = '1.0'; RootModule = 'TinySora.psm1'; FunctionsToExport = '*' }");
        File.WriteAllText(Path.Combine(module, "TinySora.psm1"), "function Get-Sample([string]$Name) { \"sample $Name\" }");
        var program = string.Join(' ', HostProgram.Line.Concat(line is null ? [] : [line]).Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

        // Where the tests themselves run in the background of a script, its shell has them ignore Ctrl-C, and what they start inherits that.
        return HostProgram.Start("script", ["-qec", $"stty cols 40; exec env --default-signal=INT {variables} {program}", "/dev/null"], folder, module);
    }

    private static void Type(Process session, string keys, string answer)
    {
        session.StandardInput.Write(keys);
        session.StandardInput.Flush();
        Await(session, answer);
    }

    private static void Await(Process session, string text)
    {
        StringBuilder seen = new();
        using var limit = new Timer(_ => session.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var next = session.StandardOutput.Read();
            Assert.True(next >= 0, $"'{text}' never came: {seen}");
            seen.Append((char)next);
        }
    }
}

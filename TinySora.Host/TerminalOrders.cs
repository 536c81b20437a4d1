using System.Runtime.InteropServices;

namespace TinySora.Host;

/// <summary>Consoles of Windows take colours and movements of the cursor as text only where the program asks for it.</summary>
internal static class TerminalOrders
{
    private const int StandardOutput = -11;
    private const int VirtualTerminal = 4;

    /// <summary>Whether standard output takes them from now on.</summary>
    public static bool Take()
    {
        var output = GetStdHandle(StandardOutput);
        return GetConsoleMode(output, out var mode) && SetConsoleMode(output, mode | VirtualTerminal);
    }

    [DllImport("kernel32")]
    private static extern nint GetStdHandle(int number);

    [DllImport("kernel32")]
    private static extern bool GetConsoleMode(nint handle, out int mode);

    [DllImport("kernel32")]
    private static extern bool SetConsoleMode(nint handle, int mode);
}

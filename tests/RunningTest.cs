using System.Reflection;
using System.Text;
using Xunit.v3;

[assembly: TinySora.Tests.RunningTest]

namespace TinySora.Tests;

/// <summary>
/// Writes the name of the running test to the file that TINYSORA_RUNNING_TEST names. If native code ends the process, only this file
/// shows in which test.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class RunningTestAttribute : BeforeAfterTestAttribute
{
    private static readonly string? Path = Environment.GetEnvironmentVariable("TINYSORA_RUNNING_TEST");

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Write(test.TestDisplayName);

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Write("");

    private static void Write(string name)
    {
        if (Path is not null)
        {
            // Test classes may run in parallel, and Windows needs shared access for that.
            using var file = new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Encoding.UTF8.GetBytes(name));
        }
    }
}

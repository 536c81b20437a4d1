using System.Reflection;
using System.Text;
using Xunit.v3;

[assembly: TinySora.Tests.RunningTest]

namespace TinySora.Tests;

/// <summary>
/// Keeps the name of the test that runs in the file that TINYSORA_RUNNING_TEST names: where native code ends the process, nothing else
/// says in which test that was.
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
            // Tests of several classes may run at once, and Windows lets one at a time write what nobody shares.
            using var file = new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Encoding.UTF8.GetBytes(name));
        }
    }
}

using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class LibTorchErrorTests
{
    [Fact]
    public void A_failing_operator_is_reported_with_shapes_and_without_a_trace()
    {
        Needs.Destructors();
        var failure = Assert.Throws<ExternalException>(() => EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            return nn.functional.conv2d(zeros([1, 2, 3, 3]), zeros([4, 5, 1, 1])).shape;
        }));
        var message = RuntimeErrors.From(failure).Message;
        Assert.Contains("[4, 5, 1, 1]", message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message.Trim());
    }
}

using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

public sealed class PageRequestsTests
{
    private readonly PageRequests turns = new();

    [Fact]
    public void A_newer_turn_of_a_page_cancels_the_older_ones()
    {
        using var first = turns.Begin("page", 1, CancellationToken.None)!;
        using var same = turns.Begin("page", 1, CancellationToken.None)!;
        Assert.False(first.IsCancellationRequested);
        using var second = turns.Begin("page", 2, CancellationToken.None)!;
        Assert.Equal((true, true, false), (first.IsCancellationRequested, same.IsCancellationRequested, second.IsCancellationRequested));
    }

    [Fact]
    public void An_outdated_turn_is_not_started()
    {
        using var second = turns.Begin("page", 2, CancellationToken.None);
        Assert.Null(turns.Begin("page", 1, CancellationToken.None));
        Assert.False(second!.IsCancellationRequested);
    }

    [Fact]
    public void Other_pages_are_not_affected()
    {
        using var one = turns.Begin("one", 1, CancellationToken.None)!;
        using var other = turns.Begin("other", 9, CancellationToken.None)!;
        Assert.False(one.IsCancellationRequested);
        Assert.NotNull(turns.Begin("one", 1, CancellationToken.None));
    }

    [Fact]
    public void Ending_the_studio_cancels_all_turns()
    {
        using var studio = new CancellationTokenSource();
        using var turn = turns.Begin("page", 1, studio.Token)!;
        studio.Cancel();
        Assert.True(turn.IsCancellationRequested);
    }
}

using System.Management.Automation;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Jobs of a session that lasts longer than one pipeline.</summary>
public sealed class JobTests
{
    private readonly HostSession session = Samples.Session();

    [Fact]
    public void Output_of_a_job_is_received_once_from_every_stream()
    {
        session.Run("Start-Counting 3");
        Assert.Single(session.Run("Get-Job | Wait-Job").Objects);

        var kept = session.Run("Get-Job | Receive-Job -Keep");
        var received = session.Run("Get-Job | Receive-Job -Verbose");

        Assert.Equal([1, 2, 3], kept.Objects);
        Assert.Equal([1, 2, 3], received.Objects);
        Assert.Equal(["counted"], received.Verbose);
        Assert.Equal(["tired"], received.Warnings);
        Assert.Equal("Counting", Assert.Single(received.Progress).Activity);
        Assert.Empty(session.Run("Get-Job | Receive-Job").Objects);
    }

    [Fact]
    public void Receiving_can_wait_for_the_end_and_forget_the_job()
    {
        Assert.Equal(Enumerable.Range(1, 500).Cast<object?>(), session.Run("Start-Counting 500 | Receive-Job -Wait -AutoRemoveJob").Objects);
        Assert.Empty(session.Run("Get-Job").Objects);
    }

    [Fact]
    public void Failure_of_a_job_is_an_error_where_it_is_received()
    {
        var run = session.Run("Start-Counting 1 -Fail | Receive-Job -Wait");
        Assert.Equal([1], run.Objects);
        Assert.StartsWith("OutOfNumbers", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
        Assert.Equal("Failed", Assert.Single(session.Run("Get-Job").Values("JobStateInfo"))!.ToString());
    }

    [Fact]
    public void Running_job_is_waited_for_stopped_and_removed_by_number_or_name()
    {
        var job = (Job)Assert.Single(session.Run("Start-Counting 0").Objects)!;
        Assert.Equal(JobState.Running, job.JobStateInfo.State);
        Assert.Empty(session.Run($"Wait-Job {job.Id} -Timeout 0.1").Objects);
        Assert.StartsWith("JobIsRunning", Assert.Single(session.Run($"Remove-Job {job.Id}").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

        session.Run($"Stop-Job -Name Job{job.Id}*");

        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
        Assert.True(job.PSEndTime >= job.PSBeginTime);
        Assert.Same(job, Assert.Single(session.Run($"Get-Job {job.Id}").Objects));
        session.Run($"Remove-Job {job.Id}");
        Assert.StartsWith("JobNotFound", Assert.Single(session.Run($"Get-Job {job.Id}").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Force_ends_a_job_before_it_is_forgotten()
    {
        var job = (Job)Assert.Single(session.Run("Start-Counting 0").Objects)!;
        session.Run("Get-Job | Remove-Job -Force");
        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
        Assert.Empty(session.Run("Get-Job").Objects);
    }

    [Fact]
    public void WhatIf_leaves_a_job_running()
    {
        var job = (Job)Assert.Single(session.Run("Start-Counting 0").Objects)!;
        Assert.Contains("What if", session.Run("Get-Job | Stop-Job -WhatIf").Output, StringComparison.Ordinal);
        Assert.Contains("What if", session.Run("Get-Job | Remove-Job -Force -WhatIf").Output, StringComparison.Ordinal);
        Assert.Equal(JobState.Running, job.JobStateInfo.State);
        session.Run("Get-Job | Remove-Job -Force");
    }

    [Fact]
    public void Jobs_are_shown_as_a_table_with_what_they_are_doing()
    {
        var output = session.Run("Start-Counting 0 | Get-Job").Output;
        Assert.Matches("Id +Name +PSJobTypeName +State +HasMoreData +StatusMessage", output);
        Assert.Matches(@"Job\d+ +Counting +Running +False +0 waiting", output);
        session.Run("Get-Job | Remove-Job -Force");
    }
}

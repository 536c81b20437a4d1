using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Takes jobs of the session: from the pipeline, by number, or by name with wildcards.</summary>
public abstract class JobCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public Job[]? Job { get; set; }

    [Parameter(Position = 0)]
    public int[]? Id { get; set; }

    [Parameter]
    public string[]? Name { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var job in Job ?? Find())
        {
            ProcessJob(job);
        }
    }

    protected abstract void ProcessJob(Job job);

    private IEnumerable<Job> Find()
    {
        var jobs = JobRepository.Jobs;
        foreach (var id in Id ?? [])
        {
            if (jobs.Find(job => job.Id == id) is Job found)
            {
                yield return found;
            }
            else
            {
                WriteError(new ErrorRecord(
                    new ItemNotFoundException($"There is no job {id} in this session."), "JobNotFound", ErrorCategory.ObjectNotFound, id));
            }
        }

        foreach (var name in Name ?? (Id is null && this is GetJobCommand ? ["*"] : Array.Empty<string>()))
        {
            WildcardPattern pattern = new(name, WildcardOptions.IgnoreCase);
            foreach (var found in jobs.Where(job => pattern.IsMatch(job.Name)))
            {
                yield return found;
            }
        }
    }
}

namespace System.Management.Automation;

/// <summary>The jobs of a session.</summary>
public class JobRepository : Repository<Job>
{
    internal JobRepository()
    {
    }

    public List<Job> Jobs => GetItems();

    protected override Guid GetKey(Job item) => item.InstanceId;
}

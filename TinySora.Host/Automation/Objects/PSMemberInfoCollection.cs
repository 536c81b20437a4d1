using System.Collections;

namespace System.Management.Automation;

/// <summary>The members of an object, by name in any case.</summary>
public abstract class PSMemberInfoCollection<T> : IEnumerable<T>
    where T : PSMemberInfo
{
    /// <summary>Null when there is no such member.</summary>
    public abstract T? this[string name] { get; }

    public abstract void Add(T member);

    public abstract void Add(T member, bool preValidated);

    public abstract void Remove(string name);

    public abstract IEnumerator<T> GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Members of one kind: those added to an object, then those of its type.</summary>
internal sealed class ObjectMembers<T>(PSObject owner, List<PSMemberInfo> added) : PSMemberInfoCollection<T>
    where T : PSMemberInfo
{
    public override T? this[string name] =>
        this.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public override void Add(T member) => Add(member, preValidated: false);

    public override void Add(T member, bool preValidated)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (!preValidated && this[member.Name] is not null)
        {
            throw new PSArgumentException(
                $"Cannot add a member with the name \"{member.Name}\" because a member with that name already exists.");
        }

        added.Add(member.Copy());
    }

    public override void Remove(string name) =>
        added.RemoveAll(m => m is T && m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public override IEnumerator<T> GetEnumerator()
    {
        foreach (var member in added.ToArray())
        {
            if (member is T wanted)
            {
                yield return wanted;
            }
        }

        foreach (var member in owner.OwnMembers())
        {
            if (member is T wanted && !added.Any(a => a.Name.Equals(wanted.Name, StringComparison.OrdinalIgnoreCase)))
            {
                yield return wanted;
            }
        }
    }
}

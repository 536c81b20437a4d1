namespace System.Management.Automation;

/// <summary>A transformation attribute cannot use an argument.</summary>
public class ArgumentTransformationMetadataException : MetadataException
{
    public ArgumentTransformationMetadataException(string message)
        : base(message)
    {
    }
}

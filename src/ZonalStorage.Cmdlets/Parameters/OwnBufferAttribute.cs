using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Takes a <c>byte[]</c> and nothing that PowerShell would first copy into one.</summary>
/// <remarks>A converted copy would be filled and thrown away, and the caller's own array would stay as it was.</remarks>
public sealed class OwnBufferAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.BaseObject(inputData) as byte[]
        ?? throw Unwrap.Rejected("Only a byte[] can be filled: make one with [byte[]]::new(LENGTH).");
}

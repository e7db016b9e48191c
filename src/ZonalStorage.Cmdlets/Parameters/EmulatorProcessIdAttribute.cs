using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Parameters;

/// <summary>Takes what Start-ZonalEmulator returned for its process id, by argument as by pipe.</summary>
public sealed class EmulatorProcessIdAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Items(inputData).Select(static item => Unwrap.BaseObject(item) is ZonalEmulator emulator ? emulator.ProcessId : item).ToArray();
}

using System.Management.Automation;

namespace ZonalStorage.Cmdlets.Errors;

/// <summary>Makes every error record of the module.</summary>
internal static class ErrorRecordFactory
{
    /// <summary>A record for any failure.</summary>
    /// <param name="error">What happened.</param>
    /// <param name="target">What was worked on, a gs:// address as a rule; used where the failure itself names nothing.</param>
    public static ErrorRecord Create(Exception error, object? target)
    {
        var description = ErrorDescription.Of(error);
        return new ErrorRecord(error, description.Id, description.Category, target ?? description.Target)
        {
            ErrorDetails = new ErrorDetails(description.Message) { RecommendedAction = description.Advice ?? "" },
        };
    }
}

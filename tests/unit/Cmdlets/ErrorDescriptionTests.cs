using System.Management.Automation;
using Xunit;
using ZonalStorage.Cmdlets.Errors;

namespace ZonalStorage.Tests.Cmdlets;

public sealed class ErrorDescriptionTests
{
    [Theory]
    [InlineData(ZonalStatusCode.NotFound, ErrorCategory.ObjectNotFound)]
    [InlineData(ZonalStatusCode.PermissionDenied, ErrorCategory.PermissionDenied)]
    [InlineData(ZonalStatusCode.Unauthenticated, ErrorCategory.AuthenticationError)]
    [InlineData(ZonalStatusCode.OutOfRange, ErrorCategory.InvalidArgument)]
    [InlineData(ZonalStatusCode.InvalidArgument, ErrorCategory.InvalidArgument)]
    [InlineData(ZonalStatusCode.AlreadyExists, ErrorCategory.ResourceExists)]
    [InlineData(ZonalStatusCode.FailedPrecondition, ErrorCategory.InvalidOperation)]
    [InlineData(ZonalStatusCode.Aborted, ErrorCategory.ResourceBusy)]
    [InlineData(ZonalStatusCode.ResourceExhausted, ErrorCategory.LimitsExceeded)]
    [InlineData(ZonalStatusCode.Unavailable, ErrorCategory.ConnectionError)]
    [InlineData(ZonalStatusCode.DeadlineExceeded, ErrorCategory.OperationTimeout)]
    [InlineData(ZonalStatusCode.DataLoss, ErrorCategory.InvalidData)]
    [InlineData(ZonalStatusCode.Unimplemented, ErrorCategory.NotImplemented)]
    [InlineData(ZonalStatusCode.Internal, ErrorCategory.ProtocolError)]
    public void A_status_has_its_category(ZonalStatusCode code, ErrorCategory category) =>
        Assert.Equal(category, ErrorDescription.CategoryOf(code));

    [Fact]
    public void No_status_is_without_a_category() => Assert.All(
        Enum.GetValues<ZonalStatusCode>(), static code => Assert.NotEqual(ErrorCategory.NotSpecified, ErrorDescription.CategoryOf(code)));

    [Fact]
    public void An_engine_failure_keeps_its_id_message_advice_and_target()
    {
        var described = ErrorDescription.Of(
            new ZonalException("ObjectNotFound", ZonalStatusCode.NotFound, "There is none.", "Check the name.", "gs://b/n"));
        Assert.Equal(
            new ErrorDescription("ObjectNotFound", ErrorCategory.ObjectNotFound, "There is none.", "Check the name.", "gs://b/n"), described);
    }

    [Fact]
    public void Any_failure_has_an_id_a_category_and_a_message_without_internals()
    {
        Exception[] others =
        [
            new ObjectDisposedException("x"), new TimeoutException(), new OperationCanceledException(), new UnauthorizedAccessException(),
            new IOException(), new FileNotFoundException(), new ArgumentException("wrong", "x"), new FormatException(),
            new NotSupportedException(), new InsufficientMemoryException(), new InvalidCastException(),
        ];
        Assert.All(others, static error =>
        {
            var described = ErrorDescription.Of(error);
            Assert.NotEmpty(described.Id);
            Assert.NotEqual(ErrorCategory.NotSpecified, described.Category);
            Assert.NotEmpty(described.Message);
            Assert.DoesNotContain("(Parameter", described.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Only_what_no_item_could_survive_ends_the_pipeline()
    {
        Assert.True(ErrorDescription.EndsPipeline(new ObjectDisposedException(nameof(ZonalSession))));
        Assert.True(ErrorDescription.EndsPipeline(new ObjectDisposedException(typeof(ZonalSession).FullName)));
        Assert.True(ErrorDescription.EndsPipeline(new ZonalException("X", ZonalStatusCode.Unauthenticated, "x") { IsFatalForSession = true }));
        Assert.False(ErrorDescription.EndsPipeline(new ZonalException("X", ZonalStatusCode.NotFound, "x")));
        Assert.False(ErrorDescription.EndsPipeline(new ObjectDisposedException("Stream")));
        Assert.False(ErrorDescription.EndsPipeline(new IOException()));
    }
}

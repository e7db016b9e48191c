using Xunit;
using ZonalStorage.Transfer;

namespace ZonalStorage.Tests.Transfer;

public sealed class FileErrorTests
{
    [Theory]
    [InlineData(28, "DiskFull")]
    [InlineData(122, "DiskQuotaExceeded")]
    [InlineData(30, "DestinationReadOnly")]
    [InlineData(27, "FileTooLarge")]
    [InlineData(5, "DestinationLost")]
    [InlineData(19, "DestinationLost")]
    [InlineData(116, "DestinationLost")]
    [InlineData(11, "DestinationBusy")]
    [InlineData(20, "DestinationFolderNotFound")]
    [InlineData(99, "DestinationNotWritable")]
    [InlineData(unchecked((int)0x80070070), "DiskFull", true)]
    [InlineData(unchecked((int)0x80070013), "DestinationReadOnly", true)]
    [InlineData(unchecked((int)0x80070020), "DestinationBusy", true)]
    public void What_the_system_says_has_an_id(int code, string id, bool isWindows = false)
    {
        if (isWindows != OperatingSystem.IsWindows()) return;
        var cause = new IOException("said so", code);
        var error = FileErrors.Explain(cause, "/folder/x");
        Assert.Equal((id, "/folder/x"), (error.ErrorId, error.Target));
        Assert.Same(cause, error.InnerException);
        Assert.NotNull(error.RecommendedAction);
    }

    [Fact]
    public void Exceptions_of_their_own_have_ids()
    {
        Assert.Equal("DestinationNameTooLong", FileErrors.Explain(new PathTooLongException(), "x").ErrorId);
        Assert.Equal("DestinationFolderNotFound", FileErrors.Explain(new DirectoryNotFoundException(), "x").ErrorId);
        Assert.Equal("DestinationAccessDenied", FileErrors.Explain(new UnauthorizedAccessException(), "x").ErrorId);
    }
}

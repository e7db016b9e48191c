using Xunit;
using ZonalStorage.Cmdlets.Saving;

namespace ZonalStorage.Tests.Saving;

public sealed class DestinationFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zonal");

    private string Root => Path.Combine(_folder.FullName, "root");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(LocalNamesTests.Hostile), MemberType = typeof(LocalNamesTests))]
    public void Nothing_is_outside(string name)
    {
        if (name is "." or "..") return; // No object can have these.
        foreach (var flatten in new[] { false, true })
        {
            var destination = new DestinationFolder(Root, flatten);
            var uri = new ZonalUri("b", name);
            var path = destination.PathOf(uri);
            destination.MakeFolderOf(path, uri);
            File.WriteAllText(path, name);
        }

        Assert.Equal(["root"], _folder.GetFileSystemInfos().Select(static f => f.Name));
        Assert.Contains(Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories),
            f => LocalNames.ToName(Path.GetRelativePath(Root, f).Replace(Path.DirectorySeparatorChar, '/')) == name);
    }

    [Fact]
    public void Names_that_are_the_same_file_collide()
    {
        var destination = new DestinationFolder(Root, flatten: true);
        destination.PathOf(new ZonalUri("b", "x/same"));
        var error = Assert.Throws<ZonalException>(() => destination.PathOf(new ZonalUri("b", "y/same")));
        Assert.Equal("DestinationCollision", error.ErrorId);
        Assert.Contains("x/same", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_where_a_folder_must_be_is_said_so()
    {
        var destination = new DestinationFolder(Root, flatten: false);
        var (file, below) = (new ZonalUri("b", "a"), new ZonalUri("b", "a/b"));
        var path = destination.PathOf(file);
        destination.MakeFolderOf(path, file);
        File.WriteAllText(path, "");
        var error = Assert.Throws<ZonalException>(() => destination.MakeFolderOf(destination.PathOf(below), below));
        Assert.Equal("DestinationCollision", error.ErrorId);
    }

    [Fact]
    public void Links_are_followed_inside_and_not_outside()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        var outside = _folder.CreateSubdirectory("outside");
        Directory.CreateDirectory(Path.Combine(Root, "real"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "good"), Path.Combine(Root, "real"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "bad"), outside.FullName);
        Directory.CreateSymbolicLink(Path.Combine(Root, "real", "up"), "../../outside");
        var destination = new DestinationFolder(Root, flatten: false);
        Make("good/x");
        foreach (var name in new[] { "bad/x", "bad/deep/x", "real/up/x", "good/up/x" })
            Assert.Equal("DestinationOutside", Assert.Throws<ZonalException>(() => Make(name)).ErrorId);
        Assert.Empty(outside.GetFileSystemInfos());

        void Make(string name)
        {
            var uri = new ZonalUri("b", name);
            destination.MakeFolderOf(destination.PathOf(uri), uri);
        }
    }
}

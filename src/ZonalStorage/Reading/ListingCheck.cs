using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Cloud.Storage.V2;
using Google.Protobuf;
using ZonalStorage.Protocol;
using ZonalStorage.Transport.Grpc;
using Object = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Reading;

/// <summary>Watches over one listing: that it ends, and that its entries can be.</summary>
/// <remarks>
/// An entry that cannot be is left out and remembered: whoever lists a million objects wants the others, and wants to know.
/// </remarks>
/// <param name="what">What is listed, for errors: an address, or a project.</param>
internal sealed class ListingCheck(string what)
{
    // Pages in a row without an entry that are borne: a service may send some while it looks for what a glob matches.
    internal const int MaximumEmptyPages = 10_000;

    private const int NamedFaults = 5;

    // What the parser of messages puts in place of bytes that are no UTF-8: another object may have that very name.
    private const char Replacement = '\uFFFD';

    // Digests rather than tokens: a listing of a billion objects has a million of them.
    private readonly HashSet<UInt128> _tokens = [];
    private readonly List<string> _faults = [];
    private int _faultCount;
    private int _emptyPages;

    /// <summary>Takes a page, and decides where to go on.</summary>
    /// <returns>The token of the next page; empty for none.</returns>
    /// <exception cref="ZonalException"><c>ListingEndless</c>.</exception>
    public string Next(ListPage page)
    {
        var token = page.NextPageToken;
        if (token.Length == 0) return "";
        _emptyPages = page.EntryCount == 0 ? _emptyPages + 1 : 0;
        if (_emptyPages >= MaximumEmptyPages) throw Endless($"{_emptyPages} pages in a row had no entry");
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        return _tokens.Add(BinaryPrimitives.ReadUInt128LittleEndian(digest)) ? token : throw Endless("a page was followed by one that was there before");
    }

    /// <summary>Reads an entry of a listing of objects.</summary>
    /// <returns>The object; null if it cannot be.</returns>
    public ZonalObjectInfo? ReadObject(ByteString entry, ZonalUri bucket, string prefix) => Read(entry, bytes =>
    {
        var message = GrpcParsing.Parse<Object>(bytes.Span);
        if (message.Name.Contains(Replacement, StringComparison.Ordinal) && ListPage.TextOf(ListPage.NameOf(bytes)) is null)
            throw ObjectErrors.Malformed(bucket, $"the name '{ResourceNames.Shown(message.Name)}', which is no UTF-8");
        // With its name, where it can be one, so that an error says which object it is about.
        var asked = ResourceNames.FindNameProblem(message.Name) is null ? new ZonalUri(bucket.Bucket, message.Name) : bucket;
        var info = message.ToCheckedInfo(asked);
        return info.Name.StartsWith(prefix, StringComparison.Ordinal) ? info : throw ObjectErrors.WrongObject(
            new ZonalUri(bucket.Bucket, prefix), $"'{ResourceNames.Shown(info.Name)}'");
    });

    /// <summary>Reads a prefix of a listing of objects.</summary>
    /// <returns>The prefix; null if it cannot be.</returns>
    public ZonalObjectInfo? ReadPrefix(ByteString prefix, ZonalUri bucket)
    {
        var name = ListPage.TextOf(prefix);
        if (name is not null && ResourceNames.FindNameProblem(name) is null)
            return new ZonalObjectInfo { Bucket = bucket.Bucket, Name = name, IsPrefix = true };
        Remember($"The prefix '{ResourceNames.Shown(prefix.ToStringUtf8())}' is no name.");
        return null;
    }

    /// <summary>Reads an entry of a listing of buckets.</summary>
    /// <returns>The bucket; null if it cannot be.</returns>
    public ZonalBucketInfo? ReadBucket(ByteString entry) => Read(entry, static bytes =>
    {
        var message = GrpcParsing.Parse<Bucket>(bytes.Span);
        var name = message.BucketId.Length > 0 ? message.BucketId : ResourceNames.BucketOf(message.Name);
        return message.ToCheckedInfo(new ZonalUri(name, ""));
    });

    /// <summary>Ends the listing.</summary>
    /// <exception cref="ZonalException"><c>WrongObject</c>: entries were left out.</exception>
    public void End()
    {
        if (_faultCount == 0) return;
        var others = _faultCount > _faults.Count ? FormattableString.Invariant($" And {_faultCount - _faults.Count} more.") : "";
        throw new ZonalException(
            ZonalErrorIds.WrongObject, ZonalStatusCode.DataLoss,
            FormattableString.Invariant($"The listing of '{what}' is without {_faultCount} of its entries, which cannot be. ")
                + string.Join(' ', _faults) + others,
            "All other entries were handed out. Report it to the service if it lasts.", what);
    }

    private T? Read<T>(ByteString entry, Func<ByteString, T> read)
        where T : class
    {
        try
        {
            return read(entry);
        }
        catch (Exception e) when (e is ZonalException or InvalidProtocolBufferException or FormatException)
        {
            Remember(e is ZonalException ? e.Message : $"The entry '{ResourceNames.Shown(ListPage.NameOf(entry).ToStringUtf8())}' cannot be read.");
            return null;
        }
    }

    private void Remember(string fault)
    {
        _faultCount++;
        if (_faults.Count < NamedFaults) _faults.Add(fault);
    }

    private ZonalException Endless(string why) => new(
        ZonalErrorIds.ListingEndless, ZonalStatusCode.DataLoss,
        $"The service's listing of '{what}' does not end: {why}.",
        "What was handed out until here is right. Try again; report it to the service if it lasts.", what);
}

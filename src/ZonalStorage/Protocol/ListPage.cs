using System.Text;
using Google.Protobuf;

namespace ZonalStorage.Protocol;

/// <summary>A page of a listing as it came: its entries are read one at a time, when they are asked for.</summary>
/// <remarks>
/// Read whole, a page of two-byte entries would be a hundred times larger in memory than on the wire, and one entry that
/// cannot be read would spoil all others.
/// </remarks>
internal sealed class ListPage
{
    private const uint EntryTag = (1 << 3) | WireType.Delimited;
    private const uint PrefixTag = (2 << 3) | WireType.Delimited;

    // Of objects (objects.proto, Object.name) and of buckets.
    private const uint NameTag = (1 << 3) | WireType.Delimited;

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;

    private ListPage(byte[] bytes, uint prefixTag, uint tokenTag)
    {
        _bytes = bytes;
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == tokenTag) NextPageToken = input.ReadString();
            else input.SkipLastField();
            if (tag == EntryTag || tag == prefixTag) EntryCount++;
        }
    }

    /// <summary>Where the next page begins; empty behind the last.</summary>
    public string NextPageToken { get; } = "";

    /// <summary>Entries and prefixes of the page.</summary>
    public int EntryCount { get; }

    /// <summary>The objects or buckets, each a message of its own.</summary>
    public IEnumerable<ByteString> Entries => Fields(new CodedInputStream(_bytes), EntryTag);

    /// <summary>The common prefixes of a listing of objects, in UTF-8 as they came.</summary>
    public IEnumerable<ByteString> Prefixes => Fields(new CodedInputStream(_bytes), PrefixTag);

    /// <summary>Takes a page of the type <c>ListObjectsResponse</c>: objects 1, prefixes 2, token 3.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no message: known before anything of it is handed out.</exception>
    public static ListPage OfObjects(byte[] bytes) => new(bytes, PrefixTag, tokenTag: (3 << 3) | WireType.Delimited);

    /// <summary>Takes a page of the type <c>ListBucketsResponse</c>: buckets 1, token 2.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no message: known before anything of it is handed out.</exception>
    public static ListPage OfBuckets(byte[] bytes) => new(bytes, prefixTag: 0, tokenTag: (2 << 3) | WireType.Delimited);

    /// <summary>The text of a name or prefix; null if it is no UTF-8, which the parser of messages would replace in silence.</summary>
    public static string? TextOf(ByteString name)
    {
        try
        {
            return _strict.GetString(name.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The name in an entry as it came, whatever else is wrong with it; empty if none can be found.</summary>
    public static ByteString NameOf(ByteString entry)
    {
        // Of several the last counts, as the parser of messages has it.
        var name = ByteString.Empty;
        try
        {
            foreach (var field in Fields(entry.CreateCodedInput(), NameTag)) name = field;
        }
        catch (InvalidProtocolBufferException)
        {
            // What came before the fault is the best name there is.
        }

        return name;
    }

    private static IEnumerable<ByteString> Fields(CodedInputStream input, uint wanted)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == wanted) yield return input.ReadBytes();
            else input.SkipLastField();
        }
    }
}
